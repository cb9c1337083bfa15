// SPDX-License-Identifier: Apache-2.0

/// A part of a message as FETCH names it: what stands between the brackets of `BODY[…]` (RFC 3501 section 6.4.5).
package struct BodySection: Hashable, Sendable {
    /// What of the part is meant.
    package enum Text: Hashable, Sendable {
        /// The whole message, or the part's content.
        case whole
        case header
        case headerFields([[UInt8]])
        case headerFieldsNot([[UInt8]])
        case text
        /// The part's own MIME header; only with a part number.
        case mime
    }

    /// The numbers of the part; none means the message itself.
    package var part: [UInt32]
    package var text: Text

    package init(part: [UInt32] = [], _ text: Text = .whole) {
        self.part = part
        self.text = text
    }
}

/// The octets of a section that are wanted: `<offset.length>`.
package struct PartialRange: Hashable, Sendable {
    /// The first octet, from 0.
    package var offset: UInt64
    /// How many octets at most, not 0.
    package var length: UInt64

    package init(offset: UInt64, length: UInt64) {
        self.offset = offset
        self.length = length
    }

    /// The octets of a section of the given size that are to be sent; empty when the offset lies behind its end.
    package func range(ofSize size: Int) -> Range<Int> {
        let start = min(Int(clamping: offset), max(size, 0))
        let (sum, overflow) = start.addingReportingOverflow(Int(clamping: length))
        return start..<min(overflow ? Int.max : sum, max(size, 0))
    }
}

extension CommandParser {
    // section = "[" [section-spec] "]"
    //
    // section-spec = section-msgtext / (section-part ["." section-text]); section-part = nz-number *("." nz-number)
    mutating func bodySection() throws(IMAPSyntaxError) -> BodySection {
        try require(UInt8(ascii: "["))
        var section = BodySection()
        var expectsText = next != UInt8(ascii: "]")
        while let byte = next, byte.isDigit {
            guard section.part.count < limits.nesting else {
                throw .limit("Too deeply nested section.")
            }
            section.part.append(try nonZeroNumber())
            expectsText = take(UInt8(ascii: "."))
            guard expectsText else {
                break
            }
        }
        if expectsText {
            section.text = try sectionText(isOfPart: !section.part.isEmpty)
        }
        try require(UInt8(ascii: "]"), "Invalid section.")
        return section
    }

    // section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"; section-text = section-msgtext / "MIME"
    private mutating func sectionText(isOfPart: Bool) throws(IMAPSyntaxError) -> BodySection.Text {
        let name = run { $0.isLetter || $0 == UInt8(ascii: ".") }.map(\.uppercased)
        switch String(decoding: name, as: UTF8.self) {
        case "HEADER": return .header
        case "TEXT": return .text
        case "MIME" where isOfPart: return .mime
        case "HEADER.FIELDS": return .headerFields(try headerList())
        case "HEADER.FIELDS.NOT": return .headerFieldsNot(try headerList())
        default: throw .invalid("Invalid section.")
        }
    }

    // header-list = "(" header-fld-name *(SP header-fld-name) ")"; header-fld-name = astring
    private mutating func headerList() throws(IMAPSyntaxError) -> [[UInt8]] {
        try space()
        return try list(atMost: limits.listItems) { (parser) throws(IMAPSyntaxError) in try parser.astring() }
    }

    // "<" number "." nz-number ">"
    mutating func partialRange() throws(IMAPSyntaxError) -> PartialRange? {
        guard take(UInt8(ascii: "<")) else {
            return nil
        }
        let offset = try number64()
        try require(UInt8(ascii: "."), "Invalid partial range.")
        let length = try number64()
        try require(UInt8(ascii: ">"), "Invalid partial range.")
        guard length > 0 else {
            throw .invalid("Invalid partial range.")
        }
        return PartialRange(offset: offset, length: length)
    }
}
