// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans
internal import POSIX
internal import SystemPackage

/// The content of one message, open for reading; it stays readable when the message is expunged meanwhile.
package struct MessageFile: ~Copyable, Sendable {
    private enum Content: ~Copyable {
        case file(Descriptor)
        case bytes([UInt8])
    }

    private let content: Content
    /// Bytes as stored, mostly with LF line ends.
    package let size: Int

    init(file: consuming Descriptor, size: Int) {
        content = .file(file)
        self.size = size
    }

    init(bytes: [UInt8]) {
        size = bytes.count
        content = .bytes(bytes)
    }

    /// Up to `count` stored bytes from `offset` on, fewer only at the end.
    package func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let count = min(count, size - offset)
        switch content {
        case .bytes(let bytes): return Array(bytes[offset..<offset + count])
        case .file(let file):
            do throws(Errno) {
                return try file.read(at: offset, count: count)
            } catch {
                throw StoreError(.system(error), action: "read message", subject: "")
            }
        }
    }

    /// The whole message as stored.
    package func contents() throws(StoreError) -> [UInt8] {
        try read(at: 0, count: size)
    }
}

/// Turns bare LF into CRLF chunk by chunk; what has CRLF already stays.
package struct NetworkLineEndings: Sendable {
    private var afterReturn = false

    package init() {}

    /// Appends the chunk with CRLF line ends.
    package mutating func convert(_ chunk: [UInt8], into output: inout [UInt8]) {
        output.reserveCapacity(output.count + chunk.count + chunk.count / 32)
        var start = chunk.startIndex
        while start < chunk.endIndex {
            let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) ?? chunk.endIndex
            output.append(contentsOf: chunk[start..<end])
            if end > start { afterReturn = chunk[end - 1] == UInt8(ascii: "\r") }
            guard end < chunk.endIndex else { return }
            if !afterReturn { output.append(UInt8(ascii: "\r")) }
            output.append(UInt8(ascii: "\n"))
            afterReturn = false
            start = end + 1
        }
    }

    /// How many bytes `convert` would add to the chunk.
    package mutating func growth(of chunk: [UInt8]) -> Int {
        let bytes = chunk.span
        var count = 0
        var next = LineScanner.firstLineFeed(in: bytes, from: 0)
        while next < bytes.count {
            let isBare = next > 0 ? bytes[next - 1] != UInt8(ascii: "\r") : !afterReturn
            if isBare { count += 1 }
            next = LineScanner.firstLineFeed(in: bytes, from: next + 1)
        }
        if let last = chunk.last { afterReturn = last == UInt8(ascii: "\r") }
        return count
    }
}
