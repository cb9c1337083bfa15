// SPDX-License-Identifier: Apache-2.0
package import IPC

/// Names and versions of all internal protocols, in one place.
package enum InternalProtocol {
    /// For frames that hold some numbers and names.
    private static let short = 64 << 10

    /// To cleanup: a new message.
    package static let cleanup = WireProtocol(name: "cleanup", version: 2)
    /// To qmgr from cleanup: what was just queued; from mailctl: orders.
    package static let queueManager = WireProtocol(name: "qmgr", version: 2)
    /// From qmgr to a delivery agent.
    package static let delivery = WireProtocol(name: "delivery", version: 2)
    /// From qmgr to bounce.
    package static let bounce = WireProtocol(name: "bounce", version: 2)
    /// From a log-in process to the mail process.
    package static let session = WireProtocol(name: "session", version: 1, requestLimit: 1 << 20)
    /// To proxymap: keys of tables that others wait for.
    package static let proxymap = WireProtocol(name: "proxymap", version: 1, requestLimit: short)
    /// Between a worker and master.
    package static let status = WireProtocol(name: "status", version: 1, requestLimit: short)
    /// From mailctl to master, who runs as root.
    package static let control = WireProtocol(name: "control", version: 1, requestLimit: short)
}
