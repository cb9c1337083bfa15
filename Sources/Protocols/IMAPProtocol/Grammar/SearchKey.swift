// SPDX-License-Identifier: Apache-2.0

/// What a message must be to be found (RFC 3501 section 6.4.4), with the many keys reduced to their meaning.
///
/// The nesting is bounded by `CommandLimits.nesting`, so a recursive walk is safe.
package indirect enum SearchKey: Hashable, Sendable {
    /// How a day is compared.
    package enum Comparison: Hashable, Sendable {
        case before
        case on
        case since
    }

    case all
    /// All of them: a list in parentheses; NEW is `\Recent` and not `\Seen`.
    case and([SearchKey])
    /// One of them at least: a chain of ORs is one case.
    case or([SearchKey])
    case not(SearchKey)
    /// SEEN, UNSEEN, RECENT, OLD and the like.
    case flag(SystemFlags, isSet: Bool)
    /// KEYWORD and UNKEYWORD.
    case keyword(Keyword, isSet: Bool)
    /// HEADER, and FROM, TO, CC, BCC, SUBJECT with their field's name; an empty value asks whether the field is there.
    case header(field: [UInt8], value: [UInt8])
    case body([UInt8])
    case text([UInt8])
    /// BEFORE, ON, SINCE: by INTERNALDATE.
    case internalDate(Comparison, IMAPDate)
    /// SENTBEFORE, SENTON, SENTSINCE: by the Date header field.
    case sentDate(Comparison, IMAPDate)
    /// More octets than so many.
    case larger(UInt64)
    /// Fewer octets than so many.
    case smaller(UInt64)
    case sequence(SequenceSet)
    case uid(SequenceSet)
}

/// The whole of a SEARCH.
package struct SearchProgram: Hashable, Sendable {
    /// What is searched for; several keys are one `and`.
    package var key: SearchKey
    /// Whether the client named UTF-8; the strings are valid UTF-8 either way.
    package var namesUTF8: Bool

    package init(_ key: SearchKey, namesUTF8: Bool = false) {
        self.key = key
        self.namesUTF8 = namesUTF8
    }
}

extension CommandParser {
    // search = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)
    mutating func searchProgram() throws(IMAPSyntaxError) -> SearchProgram {
        var namesUTF8 = false
        if take(word: "CHARSET") {
            try space()
            let charset = try astring()
            namesUTF8 = equalIgnoringCase(charset, "UTF-8".utf8)
            guard namesUTF8 || equalIgnoringCase(charset, "US-ASCII".utf8) else {
                throw .unknownCharset
            }
            try space()
        }
        var keys: [SearchKey] = []
        repeat {
            keys.append(try searchKey(depth: 0))
        } while take(UInt8(ascii: " ")) && !isAtEnd
        return SearchProgram(keys.count == 1 ? keys[0] : .and(keys), namesUTF8: namesUTF8)
    }

    // search-key = sequence-set / "(" search-key *(SP search-key) ")" / a key's name and its arguments
    private mutating func searchKey(depth: Int) throws(IMAPSyntaxError) -> SearchKey {
        guard depth < limits.nesting else {
            throw .limit("Too deeply nested search.")
        }
        searchKeyCount += 1
        guard searchKeyCount <= limits.searchKeys else {
            throw .limit("Too many search keys.")
        }
        switch next {
        case UInt8(ascii: "("):
            let keys = try list(atMost: limits.searchKeys) { (parser) throws(IMAPSyntaxError) in
                try parser.searchKey(depth: depth + 1)
            }
            return keys.count == 1 ? keys[0] : .and(keys)
        case let byte? where byte.isDigit || byte == UInt8(ascii: "*"):
            return .sequence(try sequenceSet())
        default:
            return try namedSearchKey(depth: depth)
        }
    }

    private mutating func namedSearchKey(depth: Int) throws(IMAPSyntaxError) -> SearchKey {
        let name = try name()
        if let row = Self.flagKeys[name] {
            return .flag(row.flag, isSet: row.isSet)
        }
        switch name {
        case "ALL": return .all
        case "NEW": return .and([.flag(.recent, isSet: true), .flag(.seen, isSet: false)])
        case "NOT": return try not(depth: depth)
        case "OR": return try alternatives(depth: depth)
        case "KEYWORD", "UNKEYWORD":
            try space()
            guard let keyword = Keyword(String(decoding: try atom(), as: UTF8.self)) else {
                throw .invalid("Invalid keyword.")
            }
            return .keyword(keyword, isSet: name == "KEYWORD")
        case "FROM", "TO", "CC", "BCC", "SUBJECT":
            return .header(field: Array(name.utf8), value: try searchString())
        case "HEADER":
            return .header(field: try searchString(), value: try searchString())
        case "BODY": return .body(try searchString())
        case "TEXT": return .text(try searchString())
        case "BEFORE": return .internalDate(.before, try searchDate())
        case "ON": return .internalDate(.on, try searchDate())
        case "SINCE": return .internalDate(.since, try searchDate())
        case "SENTBEFORE": return .sentDate(.before, try searchDate())
        case "SENTON": return .sentDate(.on, try searchDate())
        case "SENTSINCE": return .sentDate(.since, try searchDate())
        case "LARGER", "SMALLER":
            try space()
            let size = try number64()
            return name == "LARGER" ? .larger(size) : .smaller(size)
        case "UID":
            try space()
            return .uid(try sequenceSet())
        default:
            throw .invalid("Unknown argument \(name.prefix(32)).")
        }
    }

    /// "NOT" SP search-key; two in a row cancel each other, without recursion.
    private mutating func not(depth: Int) throws(IMAPSyntaxError) -> SearchKey {
        var isNegated = true
        try space()
        while take(word: "NOT") {
            isNegated.toggle()
            try space()
        }
        let key = try searchKey(depth: depth + 1)
        return isNegated ? .not(key) : key
    }

    /// "OR" SP search-key SP search-key; an OR as the last operand, which is how clients chain them, needs no recursion.
    private mutating func alternatives(depth: Int) throws(IMAPSyntaxError) -> SearchKey {
        var keys: [SearchKey] = []
        repeat {
            try space()
            keys.append(try searchKey(depth: depth + 1))
            try space()
        } while take(word: "OR")
        keys.append(try searchKey(depth: depth + 1))
        return .or(keys)
    }

    private mutating func searchDate() throws(IMAPSyntaxError) -> IMAPDate {
        try space()
        return try date()
    }

    private mutating func searchString() throws(IMAPSyntaxError) -> [UInt8] {
        try space()
        let text = try astring()
        guard String(validating: text, as: UTF8.self) != nil else {
            throw .invalid("Invalid UTF-8 in a search string.")
        }
        return text
    }

    private static let flagKeys: [String: (flag: SystemFlags, isSet: Bool)] = [
        "ANSWERED": (.answered, true), "UNANSWERED": (.answered, false),
        "DELETED": (.deleted, true), "UNDELETED": (.deleted, false),
        "DRAFT": (.draft, true), "UNDRAFT": (.draft, false),
        "FLAGGED": (.flagged, true), "UNFLAGGED": (.flagged, false),
        "SEEN": (.seen, true), "UNSEEN": (.seen, false),
        "RECENT": (.recent, true), "OLD": (.recent, false),
    ]
}
