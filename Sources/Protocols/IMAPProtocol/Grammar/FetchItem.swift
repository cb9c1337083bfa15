// SPDX-License-Identifier: Apache-2.0

/// One thing that FETCH asks of each message (RFC 3501 section 6.4.5); macros are already replaced by their items.
package enum FetchItem: Hashable, Sendable {
    case envelope
    case flags
    case internalDate
    case uid
    /// `BODY` without a section: the structure without extension data.
    case body
    case bodyStructure
    case rfc822
    case rfc822Header
    case rfc822Size
    case rfc822Text
    /// `BODY[section]<partial>`; `peek` is `BODY.PEEK`, which does not set `\Seen`.
    case section(BodySection, partial: PartialRange?, peek: Bool)

    /// Whether fetching the item sets `\Seen`.
    package var setsSeen: Bool {
        switch self {
        case .rfc822, .rfc822Text, .section(_, _, peek: false): true
        default: false
        }
    }
}

extension CommandParser {
    // "ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"
    mutating func fetchItems() throws(IMAPSyntaxError) -> [FetchItem] {
        if next == UInt8(ascii: "(") {
            return try list(atMost: limits.listItems) { (parser) throws(IMAPSyntaxError) in try parser.fetchItem() }
        }
        let fast: [FetchItem] = [.flags, .internalDate, .rfc822Size]
        if take(word: "FAST") {
            return fast
        }
        if take(word: "ALL") {
            return fast + [.envelope]
        }
        if take(word: "FULL") {
            return fast + [.envelope, .body]
        }
        return [try fetchItem()]
    }

    // fetch-att = "ENVELOPE" / "FLAGS" / … / "BODY" ["STRUCTURE"] / "UID" / "BODY" [".PEEK"] section ["<" … ">"]
    private mutating func fetchItem() throws(IMAPSyntaxError) -> FetchItem {
        let run = run { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: ".") }
        let name = String(decoding: run.map(\.uppercased), as: UTF8.self)
        switch name {
        case "ENVELOPE": return .envelope
        case "FLAGS": return .flags
        case "INTERNALDATE": return .internalDate
        case "UID": return .uid
        case "BODYSTRUCTURE": return .bodyStructure
        case "RFC822": return .rfc822
        case "RFC822.HEADER": return .rfc822Header
        case "RFC822.SIZE": return .rfc822Size
        case "RFC822.TEXT": return .rfc822Text
        case "BODY" where next != UInt8(ascii: "["): return .body
        case "BODY", "BODY.PEEK":
            let section = try bodySection()
            return .section(section, partial: try partialRange(), peek: name == "BODY.PEEK")
        case "": throw .invalid(isAtEnd ? "Missing arguments." : "Invalid arguments.")
        default: throw .invalid("Unknown parameter \(name.prefix(32)).")
        }
    }
}
