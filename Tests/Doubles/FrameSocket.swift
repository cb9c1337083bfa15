// SPDX-License-Identifier: Apache-2.0
import CLinux
import Foundation
@testable import IPC
import POSIX

/// An end of an internal connection that blocks, for at most 20 seconds.
package final class FrameSocket: @unchecked Sendable {
    struct Ended: Error {}

    private let number: Int32

    package init(_ descriptor: consuming Descriptor) {
        number = descriptor.release()
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(number) }

    /// Connects and says which protocol is spoken.
    package static func connect(to path: String, as wireProtocol: WireProtocol) throws -> FrameSocket {
        let socket = FrameSocket(try Descriptor.connect(toPath: path))
        try socket.send(wireProtocol)
        _ = try socket.receive().decode(WireProtocol.self)
        return socket
    }

    package func send<M: WireMessage>(_ message: M, with file: Int32? = nil) throws {
        var fields = FieldWriter()
        message.encode(into: &fields)
        let length = UInt32(fields.bytes.count + 2)
        var bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        bytes += [M.kind, file == nil ? 0 : 1] + fields.bytes
        let files = file.map { [$0] } ?? []
        guard linux_send(number, bytes, bytes.count, files, Int32(files.count)) == bytes.count else { throw Ended() }
    }

    package func receive() throws -> Frame {
        let length = try read(4).reduce(0) { $0 << 8 | Int($1) }
        let body = try read(length)
        return Frame(kind: body[0], descriptors: Int(body[1]), payload: Array(body.dropFirst(2)))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard count == 0 || recv(number, &bytes, count, Int32(MSG_WAITALL)) == count else { throw Ended() }
        return bytes
    }
}
