// SPDX-License-Identifier: Apache-2.0

/// Walks over the fields of a header block, one after the other, without allocation.
///
/// Lines may end in LF or CRLF. The block ends at an empty line or at the end of the range.
package struct HeaderScanner: Sendable {
    /// Where the next field begins; after the last field, where the empty line (or the end) is.
    package private(set) var position: Int
    /// The first octet after the empty line; nil until it was met.
    package private(set) var bodyStart: Int?
    private let end: Int

    /// Scans `range` of what is later given to `next`.
    package init(_ range: Range<Int>) {
        position = max(0, range.lowerBound)
        end = range.upperBound
    }

    /// Scans a message from its first octet.
    package init(_ bytes: Span<UInt8>) {
        self.init(0..<bytes.count)
    }

    /// The next field, or nil at the end of the header.
    package mutating func next(_ bytes: Span<UInt8>) -> HeaderField? {
        let end = min(end, bytes.count)
        guard bodyStart == nil, position < end else { return nil }
        let start = position
        if let after = Self.emptyLine(bytes, at: start, end: end) {
            bodyStart = after
            return nil
        }
        var colon: Int?
        var index = start
        while index < end, bytes[index] != Octet.lf {
            if colon == nil, bytes[index] == UInt8(ascii: ":") { colon = index }
            index += 1
        }
        var contentEnd = index
        if index < end { index += 1 }
        while index < end, Octet.isBlank(bytes[index]) {
            let lf = bytes.lineFeed(from: index, to: end)
            contentEnd = lf ?? end
            index = lf.map { $0 + 1 } ?? end
        }
        if contentEnd > start, contentEnd < end, bytes[contentEnd - 1] == Octet.cr { contentEnd -= 1 }
        position = index
        guard let colon, let name = Self.name(bytes, start..<colon) else {
            return HeaderField(range: start..<index, name: start..<start, value: start..<contentEnd)
        }
        return HeaderField(range: start..<index, name: name, value: (colon + 1)..<max(colon + 1, contentEnd))
    }

    /// The first field of this name, or nil.
    package static func first(_ name: String, in bytes: Span<UInt8>, _ range: Range<Int>) -> HeaderField? {
        var scanner = HeaderScanner(range)
        while let field = scanner.next(bytes) {
            if field.isNamed(name, in: bytes) { return field }
        }
        return nil
    }

    /// Where the header ends (without the empty line) and where the body begins.
    package static func split(_ bytes: Span<UInt8>) -> (headerEnd: Int, bodyStart: Int) {
        var scanner = HeaderScanner(bytes)
        while scanner.next(bytes) != nil {}
        return (scanner.position, scanner.bodyStart ?? bytes.count)
    }

    /// The fields of the header whose name is (or, `excluding`, is not) among the names, each with its line end.
    ///
    /// What `BODY[HEADER.FIELDS (...)]` selects; the empty line is not part of it. Lines that are no fields are left out.
    package static func select(
        _ names: [String],
        excluding: Bool = false,
        in bytes: Span<UInt8>,
        _ range: Range<Int>
    ) -> [HeaderField] {
        let keys = Set(names.map { $0.utf8.map(Octet.lowercased) })
        var scanner = HeaderScanner(range)
        var fields: [HeaderField] = []
        var key: [UInt8] = []
        while let field = scanner.next(bytes) {
            guard !field.isMalformed else { continue }
            key.removeAll(keepingCapacity: true)
            for index in field.name { key.append(Octet.lowercased(bytes[index])) }
            if keys.contains(key) != excluding { fields.append(field) }
        }
        return fields
    }

    /// The offset after the empty line at `index`, or nil if the line there is not empty.
    static func emptyLine(_ bytes: Span<UInt8>, at index: Int, end: Int) -> Int? {
        guard index < end else { return nil }
        if bytes[index] == Octet.lf { return index + 1 }
        guard bytes[index] == Octet.cr, index + 1 < end, bytes[index + 1] == Octet.lf else { return nil }
        return index + 2
    }

    // field-name = 1*ftext ; the obsolete syntax allows blanks before the colon
    static func name(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        var high = range.upperBound
        while high > range.lowerBound, Octet.isBlank(bytes[high - 1]) { high -= 1 }
        guard high > range.lowerBound else { return nil }
        for index in range.lowerBound..<high {
            guard (33...126).contains(bytes[index]) else { return nil }
        }
        return range.lowerBound..<high
    }
}
