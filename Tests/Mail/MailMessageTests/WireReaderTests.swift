// SPDX-License-Identifier: Apache-2.0

import MailMessage
import Testing

@Suite("The wire form of a stretch")
struct WireReaderTests {
    static let texts = [
        "", "\n", "\r\n", "a\nb\n", "a\r\nb\r\n", "a\nb\r\nc", "\n\n\n", "a\rb\n", "\r\r\n\n", "a\r", "x\n\r\n\r\ny",
    ]

    /// The plain rule: an LF gets a CR unless one stands before it.
    static func wire(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0A, previous != 0x0D { output.append(0x0D) }
            output.append(byte)
            previous = byte
        }
        return output
    }

    static func read(_ extent: MessageExtent, _ bytes: [UInt8], _ offset: Int = 0, _ count: Int = .max) -> [UInt8] {
        extent.wireBytes(of: bytes.span, offset: offset, count: count)
    }

    @Test("ends every line in CRLF and is as long as was counted", arguments: texts)
    func whole(_ text: String) {
        let bytes = Array(text.utf8)
        let extent = MessageExtent(counting: 0..<bytes.count, of: bytes.span)
        let expected = Self.wire(text)
        #expect(Self.read(extent, bytes) == expected)
        #expect(extent.wireSize == expected.count)
        #expect(extent.lines == text.utf8.filter { $0 == 0x0A }.count)
    }

    @Test("can be cut anywhere", arguments: texts)
    func partial(_ text: String) {
        let bytes = Array(text.utf8)
        let extent = MessageExtent(counting: 0..<bytes.count, of: bytes.span)
        let expected = Self.wire(text)
        for offset in 0...(expected.count + 2) {
            for count in 0...(expected.count + 2) {
                let piece = expected.dropFirst(offset).prefix(count)
                #expect(Self.read(extent, bytes, offset, count).elementsEqual(piece))
            }
        }
    }

    @Test("comes from windows of any size, from any offset", arguments: texts)
    func windows(_ text: String) {
        let bytes = Array(("head" + text + "tail").utf8)
        let extent = MessageExtent(counting: 4..<bytes.count - 4, of: bytes.span)
        let expected = Self.wire(text)
        for size in 1...5 {
            for offset in 0...expected.count {
                var reader = WireReader(extent)
                var output: [UInt8] = []
                while !reader.isAtEnd {
                    let base = reader.position
                    let window = Array(bytes[base..<min(bytes.count, base + size)])
                    reader.skip(offset - reader.wireOffset, in: window.span, at: base)
                    guard reader.wireOffset >= offset else { continue }
                    _ = reader.read(.max, of: window.span, at: base, into: &output)
                }
                #expect(output.elementsEqual(expected.dropFirst(offset)))
                #expect(reader.read(1, of: bytes.span, at: reader.position + 1, into: &output) == 0)
            }
        }
    }

    @Test("comes in pieces of any size", arguments: texts)
    func pieces(_ text: String) {
        let bytes = Array(text.utf8)
        let extent = MessageExtent(counting: 0..<bytes.count, of: bytes.span)
        for size in 1...4 {
            var reader = WireReader(extent)
            var output: [UInt8] = []
            while !reader.isAtEnd {
                let before = output.count
                let count = reader.read(size, of: bytes.span, into: &output)
                #expect(count == output.count - before)
                #expect(count == size || reader.isAtEnd)
                #expect(reader.wireOffset == output.count)
            }
            #expect(output == Self.wire(text))
        }
    }

    @Test func `extremes and stale extents do not trap`() {
        let bytes = Array("a\nb".utf8)
        let stale = MessageExtent(offset: 1, length: 1_000, wireSize: 1_001, lines: 1)
        #expect(Self.read(stale, bytes).elementsEqual("\r\nb".utf8))
        let gone = MessageExtent(offset: 1_000, length: 10, wireSize: 10, lines: 0)
        #expect(Self.read(gone, bytes).isEmpty)
        let extent = MessageExtent(counting: 0..<bytes.count, of: bytes.span)
        #expect(Self.read(extent, bytes, .max, .max).isEmpty)
        #expect(Self.read(extent, bytes, .min, .min).isEmpty)
    }
}
