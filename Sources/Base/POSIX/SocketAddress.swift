// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// The address of a socket's end.
package enum SocketAddress: Sendable, Equatable, Hashable {
    /// IPv4: four bytes in network order.
    case ipv4([UInt8], port: UInt16)
    /// IPv6: sixteen bytes in network order.
    case ipv6([UInt8], port: UInt16)
    /// A Unix-domain socket; the path is empty for an unnamed end.
    case unix(String)

    init(_ from: linux_address) {
        var from = from
        let bytes = unsafe withUnsafeBytes(of: &from.bytes) { unsafe Array($0) }
        switch from.family {
        case AF_INET: self = .ipv4(Array(bytes.prefix(4)), port: from.port)
        case AF_INET6: self = .ipv6(bytes, port: from.port)
        default:
            self = .unix(
                unsafe withUnsafeBytes(of: &from.path) { path in
                    unsafe String(decoding: path.prefix(while: { $0 != 0 }), as: UTF8.self)
                }
            )
        }
    }

    /// The bytes of an IP address, with an IPv4 address mapped into IPv6 shown as IPv4; nil for a Unix socket.
    package var ipBytes: [UInt8]? {
        switch self {
        case .ipv4(let bytes, _): bytes
        case .ipv6(let bytes, _):
            bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] ? Array(bytes.suffix(4)) : bytes
        case .unix: nil
        }
    }

    /// The port; 0 for a Unix socket.
    package var port: UInt16 {
        switch self {
        case .ipv4(_, let port), .ipv6(_, let port): port
        case .unix: 0
        }
    }

    /// The address as text without the port: `192.0.2.1`, `2001:db8::1`, `unknown` for a Unix socket.
    package var host: String {
        guard let bytes = ipBytes else { return "unknown" }
        var room = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &room, socklen_t(room.count)) != nil else { return "unknown" }
        return String(decoding: room.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An address from its text and a port; nil unless it is an IPv4 or IPv6 address.
    package init?(host: String, port: UInt16) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, host, &four) == 1 {
            self = .ipv4(unsafe withUnsafeBytes(of: &four) { unsafe Array($0) }, port: port)
        } else if unsafe inet_pton(AF_INET6, host, &six) == 1 {
            self = .ipv6(unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }, port: port)
        } else {
            return nil
        }
    }
}

/// Which uid, gid and process is at the other end of a Unix socket (SO_PEERCRED).
package struct PeerCredentials: Sendable, Equatable {
    package let uid: UInt32
    package let gid: UInt32
    package let pid: Int32
}

extension Descriptor {
    /// A listening TCP socket, non-blocking.
    package static func listen(on address: SocketAddress, backlog: Int32 = 1024) throws(Errno) -> Descriptor {
        switch address {
        case .ipv4(let bytes, let port):
            Descriptor(owning: try check(unsafe linux_bind_inet(AF_INET, bytes, port, backlog)))
        case .ipv6(let bytes, let port):
            Descriptor(owning: try check(unsafe linux_bind_inet(AF_INET6, bytes, port, backlog)))
        case .unix(let path):
            Descriptor(owning: try check(unsafe linux_bind_unix(path, 0o600, backlog)))
        }
    }

    /// A listening Unix socket, non-blocking, with the given permissions.
    package static func listen(atPath path: String, permissions: UInt32) throws(Errno) -> Descriptor {
        Descriptor(owning: try check(unsafe linux_bind_unix(path, permissions, 1024)))
    }

    /// A connected Unix socket, non-blocking; EAGAIN where the listener's backlog is full.
    package static func connect(toPath path: String) throws(Errno) -> Descriptor {
        Descriptor(owning: try check(unsafe linux_connect_unix(path)))
    }

    /// A TCP socket on its way to `address`: wait until it is writable, then ask `socketError`.
    package static func connect(to address: SocketAddress) throws(Errno) -> Descriptor {
        switch address {
        case .ipv4(let bytes, let port):
            Descriptor(owning: try check(unsafe linux_connect_inet(AF_INET, bytes, port)))
        case .ipv6(let bytes, let port):
            Descriptor(owning: try check(unsafe linux_connect_inet(AF_INET6, bytes, port)))
        case .unix(let path): try connect(toPath: path)
        }
    }

    /// Two connected Unix sockets, non-blocking, handed to `body`.
    package static func withSocketPair<R: ~Copyable>(
        _ body: (consuming Descriptor, consuming Descriptor) throws -> R
    ) throws -> R {
        var pair: [Int32] = [0, 0]
        try check(unsafe linux_socketpair(&pair))
        return try body(Descriptor(owning: pair[0]), Descriptor(owning: pair[1]))
    }

    /// Both ends of a pipe, reading end first, blocking, handed to `body`.
    package static func withPipe<R: ~Copyable>(
        _ body: (consuming Descriptor, consuming Descriptor) throws -> R
    ) throws -> R {
        var pair: [Int32] = [0, 0]
        try check(unsafe linux_pipe(&pair))
        return try body(Descriptor(owning: pair[0]), Descriptor(owning: pair[1]))
    }

    /// The address of the other end.
    package func peerAddress() throws(Errno) -> SocketAddress {
        var address = linux_address()
        try check(unsafe linux_address_of(number, 1, &address))
        return SocketAddress(address)
    }

    /// The address of this end.
    package func localAddress() throws(Errno) -> SocketAddress {
        var address = linux_address()
        try check(unsafe linux_address_of(number, 0, &address))
        return SocketAddress(address)
    }

    /// Who is at the other end of a Unix socket.
    package func peerCredentials() throws(Errno) -> PeerCredentials {
        var peer = linux_peer()
        try check(unsafe linux_peer_credentials(number, &peer))
        return PeerCredentials(uid: peer.uid, gid: peer.gid, pid: peer.pid)
    }

    /// Takes a waiting connection (accept4(2)) and stores its peer; throws EAGAIN when none waits.
    package func accept(peer: inout SocketAddress) throws(Errno) -> Descriptor {
        var address = linux_address()
        let accepted = Descriptor(owning: try check(unsafe linux_accept(number, &address)))
        peer = SocketAddress(address)
        return accepted
    }

    /// Sets or clears O_NONBLOCK.
    package func setNonBlocking(_ on: Bool) throws(Errno) {
        try check(linux_set_nonblocking(number, on ? 1 : 0))
    }
}

extension Descriptor {
    /// The peer's address of a descriptor that somebody else owns.
    package static func peerAddress(of number: Int32) throws(Errno) -> SocketAddress {
        var address = linux_address()
        try check(unsafe linux_address_of(number, 1, &address))
        return SocketAddress(address)
    }
}
