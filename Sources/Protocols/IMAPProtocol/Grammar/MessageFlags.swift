// SPDX-License-Identifier: Apache-2.0

/// The flags that RFC 3501 section 2.3.2 defines.
package struct SystemFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let answered = Self(rawValue: 1)
    package static let flagged = Self(rawValue: 2)
    package static let deleted = Self(rawValue: 4)
    package static let seen = Self(rawValue: 8)
    package static let draft = Self(rawValue: 16)
    /// Kept by the server alone; a client cannot set it.
    package static let recent = Self(rawValue: 32)

    /// The flags with their names, in the order they are written.
    static let names: [(flag: SystemFlags, name: String)] = [
        (.answered, "\\Answered"), (.flagged, "\\Flagged"), (.deleted, "\\Deleted"), (.seen, "\\Seen"),
        (.draft, "\\Draft"), (.recent, "\\Recent"),
    ]
}

/// A flag of the client's own naming: an atom, without regard to case (RFC 3501 section 2.3.2).
package struct Keyword: Hashable, Sendable, CustomStringConvertible {
    /// The name in the case in which it came.
    package let name: String

    /// Makes a keyword, or nil when the name is no atom.
    package init?(_ name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(\.isAtomCharacter) else {
            return nil
        }
        self.name = name
    }

    package static func == (left: Self, right: Self) -> Bool {
        equalIgnoringCase(left.name.utf8, right.name.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in name.utf8 {
            hasher.combine(byte.uppercased)
        }
    }

    package var description: String { name }
}

/// The flags that a command names.
package struct FlagList: Hashable, Sendable {
    package var system: SystemFlags
    package var keywords: [Keyword]

    package init(_ system: SystemFlags = [], _ keywords: [Keyword] = []) {
        self.system = system
        self.keywords = keywords
    }
}

extension CommandParser {
    // flag-list = "(" [flag *(SP flag)] ")"
    mutating func flagList() throws(IMAPSyntaxError) -> FlagList {
        var flags = FlagList()
        _ = try list(atMost: limits.listItems, allowsEmpty: true) { (parser) throws(IMAPSyntaxError) in
            try parser.flag(into: &flags)
        }
        return flags
    }

    // store-att-flags' second half: flag-list / (flag *(SP flag))
    mutating func flags() throws(IMAPSyntaxError) -> FlagList {
        if next == UInt8(ascii: "(") {
            return try flagList()
        }
        var flags = FlagList()
        repeat {
            guard flags.keywords.count < limits.listItems else {
                throw .limit("Too many arguments.")
            }
            try flag(into: &flags)
        } while take(UInt8(ascii: " "))
        return flags
    }

    // flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword
    //
    // A flag-extension would be one that the server does not know: refused, as is `\Recent`.
    private mutating func flag(into flags: inout FlagList) throws(IMAPSyntaxError) {
        if take(UInt8(ascii: "\\")) {
            let name = try atom()
            let row = SystemFlags.names.first { equalIgnoringCase($0.name.utf8.dropFirst(), name) }
            guard let flag = row?.flag, flag != .recent else {
                throw .invalid("Invalid system flag \\\(String(decoding: name.prefix(32), as: UTF8.self)).")
            }
            flags.system.insert(flag)
            return
        }
        guard let keyword = Keyword(String(decoding: try atom(), as: UTF8.self)) else {
            throw .invalid("Invalid keyword.")
        }
        if !flags.keywords.contains(keyword) {
            flags.keywords.append(keyword)
        }
    }
}
