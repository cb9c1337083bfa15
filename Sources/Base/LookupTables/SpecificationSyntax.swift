// SPDX-License-Identifier: Apache-2.0

/// The syntax of table specifications: `type:name`, lists of them, and braces around what holds separators.
package enum SpecificationSyntax {
    /// Splits a list at white space and commas; what stands in braces stays one item, braces included.
    ///
    /// An unclosed brace takes the rest of the list into its item, where the item's own parser reports it.
    package static func items(of list: String) -> [String] {
        var items: [String] = []
        var current: [UInt8] = []
        var depth = 0
        for byte in list.utf8 {
            if depth == 0, isSpace(byte) || byte == UInt8(ascii: ",") {
                if !current.isEmpty { items.append(String(decoding: current, as: UTF8.self)) }
                current.removeAll(keepingCapacity: true)
                continue
            }
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            current.append(byte)
        }
        if !current.isEmpty { items.append(String(decoding: current, as: UTF8.self)) }
        return items
    }

    /// Returns what stands between the braces of `{ … }`, trimmed, or nil where `text` is not in braces.
    package static func braced(_ text: String) -> String? {
        guard text.utf8.count >= 2, text.utf8.first == UInt8(ascii: "{"), text.utf8.last == UInt8(ascii: "}") else {
            return nil
        }
        return trimmed(text.dropFirst().dropLast())
    }

    /// Returns `text` without white space at either end.
    package static func trimmed(_ text: some StringProtocol) -> String {
        String(decoding: trimmingSpace(Array(text.utf8)[...]), as: UTF8.self)
    }
}
