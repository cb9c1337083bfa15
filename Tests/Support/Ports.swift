// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Ports of the loopback address that nobody listens on.
package enum Ports {
    private static let given = Mutex<Set<UInt16>>([])

    /// A port that is free now and is given to nobody else in this process.
    ///
    /// It is below the range from which the kernel takes ports for clients, so that no client can sit on it.
    package static func free() -> UInt16 {
        while true {
            let port = UInt16.random(in: 11_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }), isFree(port) else { continue }
            return port
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
