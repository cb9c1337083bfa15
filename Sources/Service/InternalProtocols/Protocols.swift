// SPDX-License-Identifier: Apache-2.0
package import IPC

/// Names and versions of all internal protocols, in one place.
package enum InternalProtocol {
    /// To cleanup: a new message.
    package static let cleanup = WireProtocol(name: "cleanup", version: 1)
    /// To qmgr from cleanup: what was just queued; from mailctl: orders.
    package static let queueManager = WireProtocol(name: "qmgr", version: 1)
    /// From qmgr to a delivery agent.
    package static let delivery = WireProtocol(name: "delivery", version: 2)
    /// From qmgr to bounce.
    package static let bounce = WireProtocol(name: "bounce", version: 1)
    /// From a log-in process to the mail process.
    package static let session = WireProtocol(name: "session", version: 1)
    /// Between a worker and master.
    package static let status = WireProtocol(name: "status", version: 1)
    /// From mailctl to master.
    package static let control = WireProtocol(name: "control", version: 1)
}
