// SPDX-License-Identifier: Apache-2.0

/// Where one field stands in a message, as offsets.
package struct HeaderField: Equatable, Sendable {
    /// The whole field with its folds and its last line end.
    package let range: Range<Int>
    /// The name without the colon; empty if the line is no field (no colon, or a name with other than RFC 5322 allows).
    package let name: Range<Int>
    /// What follows the colon, with folds, without the last line end; the whole line if it is no field.
    package let value: Range<Int>

    /// Whether the line lacks a name and a colon.
    package var isMalformed: Bool {
        name.isEmpty
    }

    /// Whether the field has this name, without regard to case.
    package func isNamed(_ text: String, in bytes: Span<UInt8>) -> Bool {
        bytes.equals(bytes.clamped(name), text)
    }

    /// The value unfolded (line ends removed, the blanks after them kept) and trimmed (RFC 5322 section 2.2.3).
    package func unfoldedValue(in bytes: Span<UInt8>, limit: Int = .max) -> [UInt8] {
        let range = bytes.trimmed(bytes.clamped(value))
        var text: [UInt8] = []
        let end = limit < range.count ? range.lowerBound + max(0, limit) : range.upperBound
        text.reserveCapacity(end - range.lowerBound)
        var index = range.lowerBound
        while index < end {
            let byte = bytes[index]
            if byte != Octet.cr, byte != Octet.lf { text.append(byte) }
            index += 1
        }
        return text
    }
}
