// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX

/// A client that sends just the bytes it is told to, and blocks: for `blocking`.
package final class RawClient {
    /// What went wrong on the wire.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    private let connection: Descriptor
    private var buffer: [UInt8] = []
    /// Where in the buffer the next line begins.
    private var position = 0

    /// Connects to a port of the loopback address; reads and writes give up after `seconds`.
    ///
    /// - Throws: `Failure` where nobody listens.
    package init(port: UInt16, seconds: Int = Int(never)) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        connection = Descriptor(owning: number)
        Self.limit(number, seconds: seconds)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(description: "cannot connect to port \(port): \(reason)")
        }
    }

    /// Connects to a socket of the file system; reads and writes give up after `seconds`.
    ///
    /// - Throws: `Errno` where nobody listens.
    package init(path: String, seconds: Int = Int(never)) throws {
        connection = try Descriptor.connect(toPath: path)
        try connection.setNonBlocking(false)
        Self.limit(connection.number, seconds: seconds)
    }

    private static func limit(_ number: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Whether something has come that was not read yet.
    package var hasInput: Bool {
        if position < buffer.count { return true }
        var byte: UInt8 = 0
        return recv(connection.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Sends bytes, all of them.
    ///
    /// - Throws: `Failure` when the connection is gone or takes nothing for too long.
    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends text as it is.
    ///
    /// - Throws: As `send(_: [UInt8])`.
    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// The next line without its CRLF; nil at the end of the stream.
    ///
    /// - Throws: `Failure` when nothing comes for too long, or the connection breaks.
    package func line() throws -> String? {
        var searched = 0
        while true {
            if let end = buffer[max(position, searched)...].firstIndex(of: 10) {
                let line = buffer[position..<end]
                position = end + 1
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            guard try fill() else { return nil }
        }
    }

    /// Everything up to the end of the stream.
    ///
    /// - Throws: As `line()`.
    package func rest() throws -> String {
        while try fill() {}
        defer {
            buffer = []
            position = 0
        }
        return String(decoding: buffer[position...], as: UTF8.self)
    }

    private func fill() throws -> Bool {
        var room = [UInt8](repeating: 0, count: 65536)
        let count = recv(connection.number, &room, room.count, 0)
        guard count >= 0 else { throw Failure(description: "receive: \(String(cString: strerror(errno)))") }
        buffer += room.prefix(count)
        return count > 0
    }

    /// Sends a line and returns the next one.
    ///
    /// - Throws: As `line()`, and at the end of the stream.
    package func ask(_ question: String) throws -> String {
        try send(question + "\n")
        guard let answer = try line() else { throw Failure(description: "no answer to \(question)") }
        return answer
    }

    /// The next reply of SMTP, all its lines; the last one's code is the number.
    ///
    /// - Throws: As `line()`, and at the end of the stream.
    package func reply() throws -> (code: Int, text: String) {
        var text = ""
        while let line = try line() {
            text += (text.isEmpty ? "" : "\n") + line
            if line.count < 4 || !line.dropFirst(3).hasPrefix("-") { return (Int(line.prefix(3)) ?? 0, text) }
        }
        throw Failure(description: "the stream ended where a reply was due: \(text)")
    }

    /// Sends a command of IMAP that begins with its tag; all lines up to the one that bears the tag, which says OK.
    ///
    /// - Throws: As `line()`, at the end of the stream, and where the answer is another than `condition`.
    @discardableResult
    package func tagged(_ command: String, _ condition: String = "OK") throws -> [String] {
        try send(command + "\r\n")
        let tag = command.prefix { $0 != " " }
        var lines: [String] = []
        while let line = try line() {
            lines.append(line)
            guard line.hasPrefix(tag + " ") else { continue }
            guard line.hasPrefix("\(tag) \(condition)") else {
                throw Failure(description: "\(command.prefix(200)): \(line)")
            }
            return lines
        }
        throw Failure(description: "the stream ended before the answer to \(command.prefix(200)): \(lines.suffix(3))")
    }

    /// Sends a line and returns the reply.
    ///
    /// - Throws: As `reply()`.
    @discardableResult
    package func command(_ line: String) throws -> (code: Int, text: String) {
        try send(line + "\r\n")
        return try reply()
    }
}
