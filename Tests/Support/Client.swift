// SPDX-License-Identifier: Apache-2.0
import Glibc
import POSIX
import Testing

/// A blocking client of a line protocol.
package final class Client {
    private let socket: Descriptor

    package init(path: String) throws {
        socket = try Descriptor.connect(toPath: path)
        try prepare()
    }

    /// Connects to a port of this host.
    package init(port: Int) throws {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        socket = Descriptor(owning: number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try checkCall(result)
        try prepare()
    }

    private func prepare() throws {
        try socket.setNonBlocking(false)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    package func send(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = Glibc.send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line; nil at the end of the stream, or after ten seconds.
    package func readLine(limit: Int = 1000) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < limit, recv(socket.number, &byte, 1, 0) == 1 {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    package func ask(_ line: String, limit: Int = 1000) throws -> String {
        send(line)
        return try #require(readLine(limit: limit), "no answer to \(line)")
    }
}
