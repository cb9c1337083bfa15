// SPDX-License-Identifier: Apache-2.0

/// The list syntax of main.cf: elements between commas and white space, `{ … }` keeps an element together.
package enum ListSyntax {
    /// Splits a list into its elements; a group in braces is one element and keeps its braces.
    ///
    /// A brace that is never closed ends with the text.
    package static func split(_ text: String) -> [String] {
        var elements: [String] = []
        var element: [UInt8] = []
        var depth = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "{"):
                depth += 1
                element.append(byte)
            case UInt8(ascii: "}"):
                depth = max(0, depth - 1)
                element.append(byte)
            case _ where depth == 0 && (byte == UInt8(ascii: ",") || isBlank(byte)):
                if !element.isEmpty { elements.append(String(decoding: element, as: UTF8.self)) }
                element.removeAll(keepingCapacity: true)
            default:
                element.append(byte)
            }
        }
        if !element.isEmpty { elements.append(String(decoding: element, as: UTF8.self)) }
        return elements
    }

    /// Returns the inside of `{ … }` without white space at its ends, or the text itself where no braces enclose it.
    package static func unbraced(_ text: String) -> String {
        let whole = trimmed(text)
        guard whole.utf8.first == UInt8(ascii: "{"), whole.utf8.last == UInt8(ascii: "}"), whole.utf8.count >= 2 else {
            return whole
        }
        return trimmed(String(whole.dropFirst().dropLast()))
    }

    /// Returns the text without white space at its ends.
    package static func trimmed(_ text: some StringProtocol) -> String {
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.first, isBlank(byte) { bytes.removeFirst() }
        while let byte = bytes.last, isBlank(byte) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a byte is white space of ASCII.
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
