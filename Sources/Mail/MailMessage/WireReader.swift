// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Reads a stretch of a message with every line ended in CRLF, whatever the file has, in pieces and from any offset.
///
/// A value: whoever expects the next partial FETCH to go on where this one ended keeps it, and nothing is read twice.
package struct WireReader: Equatable, Sendable {
    /// The offset on the wire of the next octet, counted from the begin of the stretch.
    package private(set) var wireOffset = 0
    /// Where the next octet comes from in the file.
    package private(set) var position: Int
    private let end: Int
    private let isWireForm: Bool
    private var wasCR = false
    /// Whether the CR of a line end was given out and its LF was not.
    private var owesLF = false

    /// Reads a stretch from its begin.
    package init(_ extent: MessageExtent) {
        position = extent.range.lowerBound
        end = extent.range.upperBound
        isWireForm = extent.isWireForm
    }

    /// Whether nothing is left.
    package var isAtEnd: Bool {
        position >= end && !owesLF
    }

    /// Goes forward on the wire without giving out what is passed; stops at the end.
    ///
    /// `bytes` are those of the file from `base` on, at or before `position`: where they end is the end, here and in `read`.
    package mutating func skip(_ count: Int, in bytes: Span<UInt8>, at base: Int = 0) {
        var nothing: [UInt8] = []
        _ = advance(count, in: bytes, at: base, into: &nothing, isWriting: false)
    }

    /// Appends up to `count` octets as the wire has them; returns how many there were, fewer only at the end.
    package mutating func read(
        _ count: Int,
        of bytes: Span<UInt8>,
        at base: Int = 0,
        into output: inout [UInt8]
    ) -> Int {
        advance(count, in: bytes, at: base, into: &output, isWriting: true)
    }

    private mutating func advance(
        _ count: Int,
        in bytes: Span<UInt8>,
        at base: Int,
        into output: inout [UInt8],
        isWriting: Bool
    ) -> Int {
        guard base >= 0, position >= base else { return 0 }
        // Offsets into the bytes from here on.
        position -= base
        defer { position += base }
        let end = min(max(0, end - base), bytes.count)
        var left = max(0, count)
        if isWireForm {
            let length = min(left, max(0, end - position))
            if isWriting { output.append(bytes, position..<(position + length)) }
            position += length
            wireOffset += length
            return length
        }
        while left > 0 {
            if owesLF {
                if isWriting { output.append(Octet.lf) }
                owesLF = false
                left -= 1
                position += 1
                continue
            }
            guard position < end else { break }
            if bytes[position] == Octet.lf, !wasCR {
                if isWriting { output.append(Octet.cr) }
                owesLF = true
                left -= 1
                continue
            }
            // A run up to and without the next bare line end goes at once.
            let start = position
            let limit = left < end - start ? start + left : end
            position = Self.runEnd(start, limit, afterReturn: wasCR, in: bytes)
            if position > start { wasCR = bytes[position - 1] == Octet.cr }
            if isWriting { output.append(bytes, start..<position) }
            left -= position - start
        }
        let done = max(0, count) - left
        wireOffset += done
        return done
    }
}

extension WireReader {
    /// Where the first bare line end at or after `start` is, or `limit`.
    private static func runEnd(_ start: Int, _ limit: Int, afterReturn: Bool, in bytes: Span<UInt8>) -> Int {
        let window = bytes.extracting(start..<limit)
        var next = 0
        while true {
            let lineFeed = LineScanner.firstLineFeed(in: window, from: next)
            guard lineFeed < window.count else { return limit }
            let isBare = lineFeed > 0 ? window[lineFeed - 1] != Octet.cr : !afterReturn
            if isBare { return start + lineFeed }
            next = lineFeed + 1
        }
    }
}

extension MessageExtent {
    /// The octets of a partial fetch `<offset.count>`, as the wire has them; all of it without one.
    package func wireBytes(of bytes: Span<UInt8>, offset: Int = 0, count: Int = .max) -> [UInt8] {
        var reader = WireReader(self)
        reader.skip(offset, in: bytes)
        var output: [UInt8] = []
        output.reserveCapacity(min(max(0, count), max(0, wireSize - max(0, min(offset, wireSize)))))
        _ = reader.read(count, of: bytes, into: &output)
        return output
    }

    /// Counts a stretch of a message that is no part of a structure, as for `RFC822.SIZE` alone.
    package init(counting range: Range<Int>, of bytes: Span<UInt8>) {
        let range = bytes.clamped(range)
        var lines = 0
        var bare = 0
        let window = bytes.extracting(range)
        var next = LineScanner.firstLineFeed(in: window, from: 0)
        while next < window.count {
            lines += 1
            if next == 0 || window[next - 1] != Octet.cr { bare += 1 }
            next = LineScanner.firstLineFeed(in: window, from: next + 1)
        }
        self.init(offset: range.lowerBound, length: range.count, wireSize: range.count + bare, lines: lines)
    }
}
