// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames

/// The pattern of LIST and LSUB: `*` stands for anything, `%` for anything but the hierarchy's separator.
package struct ListPattern: Hashable, Sendable {
    /// The pattern in UTF-8.
    package let utf8: [UInt8]

    /// The longest pattern in bytes.
    package static let maximumLength = 1024

    /// Makes a pattern of UTF-8; runs of wildcards are shortened to the one that means the same.
    package init(utf8: [UInt8]) {
        var pattern: [UInt8] = []
        for byte in utf8 {
            if let last = pattern.last, Self.isWildcard(last), Self.isWildcard(byte) {
                if byte == Self.any {
                    pattern[pattern.count - 1] = Self.any
                }
                continue
            }
            pattern.append(byte)
        }
        self.utf8 = pattern
    }

    /// Makes a pattern of text.
    package init(_ text: String) {
        self.init(utf8: Array(text.utf8))
    }

    /// Whether the pattern is empty: LIST then asks for the separator.
    package var isEmpty: Bool { utf8.isEmpty }

    /// The pattern that a reference name and this pattern make together (RFC 3501 section 6.3.8): one after the other.
    package func relative(to reference: [UInt8]) -> ListPattern {
        reference.isEmpty ? self : ListPattern(utf8: reference + utf8)
    }

    /// Says whether a mailbox's name matches.
    ///
    /// `INBOX`, alone or as the first level, matches in any case. The time is at most the product of both lengths.
    ///
    /// - Parameters:
    ///   - name: the name in UTF-8.
    ///   - separator: the hierarchy's separator, or nil when there is none (`%` then equals `*`).
    /// - Returns: whether the name matches.
    package func matches(_ name: [UInt8], separator: UInt8?) -> Bool {
        let inboxLength = Self.inboxLength(name, separator: separator)
        func equal(_ patternIndex: Int, _ nameIndex: Int) -> Bool {
            let left = utf8[patternIndex]
            let right = name[nameIndex]
            return left == right || nameIndex < inboxLength && left.uppercased == right.uppercased
        }
        var start = 0
        while start < utf8.count, !Self.isWildcard(utf8[start]) {
            guard start < name.count, equal(start, start) else {
                return false
            }
            start += 1
        }
        if start == utf8.count {
            return start == name.count
        }
        if start == utf8.count - 1 {
            return utf8[start] == Self.any || !name[start...].contains { $0 == separator }
        }
        // All positions of the pattern that the name up to here can have reached.
        var reached = [Bool](repeating: false, count: utf8.count - start + 1)
        var following = reached
        func reach(_ index: Int, in positions: inout [Bool]) {
            positions[index] = true
            if start + index < utf8.count, Self.isWildcard(utf8[start + index]) {
                positions[index + 1] = true
            }
        }
        reach(0, in: &reached)
        for nameIndex in start..<name.count {
            for index in following.indices {
                following[index] = false
            }
            var isAlive = false
            for index in 0..<(utf8.count - start) where reached[index] {
                switch utf8[start + index] {
                case Self.any:
                    reach(index, in: &following)
                    isAlive = true
                case Self.anyInLevel:
                    if name[nameIndex] != separator {
                        reach(index, in: &following)
                        isAlive = true
                    }
                default:
                    if equal(start + index, nameIndex) {
                        reach(index + 1, in: &following)
                        isAlive = true
                    }
                }
            }
            guard isAlive else {
                return false
            }
            swap(&reached, &following)
        }
        return reached[utf8.count - start]
    }

    private static let any = UInt8(ascii: "*")
    private static let anyInLevel = UInt8(ascii: "%")

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == any || byte == anyInLevel }

    /// How many bytes of the name are the word INBOX as the whole name or its first level.
    private static func inboxLength(_ name: [UInt8], separator: UInt8?) -> Int {
        guard name.count >= 5, equalIgnoringCase(name[..<5], "INBOX".utf8), name.count == 5 || name[5] == separator
        else {
            return 0
        }
        return 5
    }
}

extension CommandParser {
    // list-mailbox = 1*list-char / string
    //
    // The pattern's literal parts are modified UTF-7; a pattern that is none is refused.
    mutating func listMailbox() throws(IMAPSyntaxError) -> ListPattern {
        ListPattern(
            utf8: try decodedListText { (parser) throws(IMAPSyntaxError) in
                if parser.next == UInt8(ascii: "\"") || parser.next == UInt8(ascii: "{") {
                    return try parser.string()
                }
                let text = parser.run { $0.isListCharacter }
                guard !text.isEmpty else {
                    throw .invalid(parser.isAtEnd ? "Missing arguments." : "Invalid arguments.")
                }
                return Array(text)
            }
        )
    }

    /// The reference name of LIST and LSUB in UTF-8; it may be empty.
    mutating func listReference() throws(IMAPSyntaxError) -> [UInt8] {
        try decodedListText { (parser) throws(IMAPSyntaxError) in try parser.astring() }
    }

    private mutating func decodedListText(
        _ parse: (inout CommandParser) throws(IMAPSyntaxError) -> [UInt8]
    ) throws(IMAPSyntaxError) -> [UInt8] {
        let encoded = try parse(&self)
        guard encoded.count <= ListPattern.maximumLength else {
            throw .limit("Too long mailbox pattern.")
        }
        guard let text = ModifiedUTF7.decode(encoded), text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalidMailboxName
        }
        return text
    }
}
