// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import CLinux
internal import Glibc
internal import LDAP
internal import LDAPTables
internal import POSIX
internal import SystemPackage

/// Connects to servers; libldap gets sockets that are connected already, since its own time-outs do not hold.
enum ServerConnection {
    /// Addresses of one name that are tried.
    private static let addressLimit = 4

    /// Connects to the server, within the time.
    ///
    /// - Throws: What failed last.
    static func open(_ server: LDAPServer, until deadline: Int64) throws(BlockingFailure) -> Descriptor {
        switch server.place {
        case .socket(let path):
            do throws(Errno) {
                let descriptor = try Descriptor.connect(toPath: path)
                try descriptor.setNonBlocking(false)
                return descriptor
            } catch {
                throw BlockingFailure("\(server): \(error)", isOutOfReach: true)
            }
        case .host(let name, let port):
            let addresses = NameLookup.addresses(of: name, port: port).prefix(addressLimit)
            guard !addresses.isEmpty else {
                throw BlockingFailure("\(server): the name is not known", isOutOfReach: true)
            }
            var last = Errno.timedOut
            for (index, address) in addresses.enumerated() {
                let now = Clock.monotonic
                guard now < deadline else { break }
                let share = (deadline &- now) / Int64(addresses.count - index)
                do throws(Errno) {
                    return try connect(address, until: now &+ share)
                } catch {
                    last = error
                }
            }
            throw BlockingFailure("\(server): \(last)", isOutOfReach: true)
        }
    }

    private static func connect(_ address: SocketAddress, until deadline: Int64) throws(Errno) -> Descriptor {
        let descriptor = try Descriptor.connect(to: address)
        var watched = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
        while true {
            let left = deadline &- Clock.monotonic
            guard left > 0 else { throw .timedOut }
            let ready = unsafe poll(&watched, 1, Int32(clamping: left / 1_000_000 + 1))
            if ready > 0 { break }
            if ready < 0, Errno.current != .interrupted { throw Errno.current }
        }
        try check(linux_socket_error(descriptor.number))
        try descriptor.setNonBlocking(false)
        return descriptor
    }
}
