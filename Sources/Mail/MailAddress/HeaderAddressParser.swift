// SPDX-License-Identifier: Apache-2.0

/// Reads the address list of a header field (RFC 5322 sections 3.4 and 4.4) and makes the best of what breaks the rules.
///
/// It never fails: what it cannot read it skips. One pass, no recursion; comments nest to any depth at no cost.
package struct HeaderAddressParser: Equatable, Sendable {
    /// Most elements returned; the rest of the list is ignored.
    package var maximumCount: Int

    /// Makes a parser.
    package init(maximumCount: Int = 10_000) {
        self.maximumCount = maximumCount
    }

    /// Reads the value of an address field, folded or not.
    package func parse(_ bytes: Span<UInt8>) -> [HeaderAddress] {
        var reader = HeaderAddressReader(end: bytes.count)
        var list: [HeaderAddress] = []
        var inGroup = false
        while list.count < maximumCount, let element = reader.next(bytes, inGroup: inGroup) {
            if element.kind != .mailbox { inGroup = element.kind == .groupStart }
            list.append(element)
        }
        // A group is closed even where the list was cut, so that start and end pair up for every reader.
        if inGroup { list.append(HeaderAddress(kind: .groupEnd)) }
        return list
    }
}

/// The position in an address list and what has been gathered for its next element.
struct HeaderAddressReader {
    private var index = 0
    private let end: Int
    /// The words as a display name: with the spaces between them.
    private var phrase: [UInt8] = []
    /// The words as a local part: without spaces.
    private var local: [UInt8] = []
    private var comment: [UInt8]?
    private var start: Int?
    private var wordsEnd = 0
    private var sawSpace = false

    init(end: Int) {
        self.end = end
    }

    /// The next element, or nil at the end.
    mutating func next(_ bytes: Span<UInt8>, inGroup: Bool) -> HeaderAddress? {
        clear()
        while index < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                if let element = bare() {
                    // A ";" is left in place where it also ends the group.
                    if byte == UInt8(ascii: ",") || !inGroup { index += 1 }
                    return element
                }
                index += 1
                if byte == UInt8(ascii: ";"), inGroup { return HeaderAddress(kind: .groupEnd) }
                clear()
            case UInt8(ascii: "<"):
                if let element = angle(bytes) { return element }
                clear()
            case UInt8(ascii: "@") where start != nil:
                return plain(bytes)
            case UInt8(ascii: ":") where !inGroup:
                index += 1
                return HeaderAddress(kind: .groupStart, mailbox: phrase)
            default:
                word(bytes)
            }
        }
        return bare()
    }

    private mutating func clear() {
        phrase.removeAll(keepingCapacity: true)
        local.removeAll(keepingCapacity: true)
        comment = nil
        start = nil
        sawSpace = false
    }

    /// The words so far as a mailbox without a domain.
    private func bare() -> HeaderAddress? {
        guard let start else { return nil }
        return HeaderAddress(
            kind: .mailbox,
            displayName: comment,
            mailbox: local,
            host: [],
            range: start..<wordsEnd
        )
    }

    /// Takes one word, quoted string, comment or space into the phrase.
    private mutating func word(_ bytes: Span<UInt8>) {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
            index += 1
            sawSpace = true
        case UInt8(ascii: "("):
            let text = skipComment(bytes)
            if !text.isEmpty { comment = text }
            sawSpace = true
        case UInt8(ascii: "\""):
            beginWord()
            let text = quotedString(bytes)
            phrase += text
            local += text
            wordsEnd = index
        default:
            beginWord()
            phrase.append(byte)
            local.append(byte)
            index += 1
            wordsEnd = index
        }
    }

    private mutating func beginWord() {
        if start == nil { start = index }
        if sawSpace, !phrase.isEmpty { phrase.append(UInt8(ascii: " ")) }
        sawSpace = false
    }

    /// `local@domain` without brackets; the index is at the "@".
    private mutating func plain(_ bytes: Span<UInt8>) -> HeaderAddress {
        let first = start ?? index
        let mailbox = local
        index += 1
        let host = domain(bytes)
        let last = wordsEnd
        skipToSeparator(bytes)
        return HeaderAddress(kind: .mailbox, displayName: comment, mailbox: mailbox, host: host, range: first..<last)
    }

    // angle-addr = [CFWS] "<" [obs-route] addr-spec ">" [CFWS]
    private mutating func angle(_ bytes: Span<UInt8>) -> HeaderAddress? {
        let name = start == nil ? nil : phrase
        let before = comment
        clear()
        index += 1
        var route: [UInt8]?
        skipSpace(bytes)
        if index < end, bytes[index] == UInt8(ascii: "@") { route = obsoleteRoute(bytes) }
        while index < end, bytes[index] != UInt8(ascii: ">"), bytes[index] != UInt8(ascii: "@"),
            bytes[index] != UInt8(ascii: "<")
        {
            word(bytes)
        }
        let first = start ?? index
        let mailbox = local
        var host: [UInt8] = []
        var last = start == nil ? index : wordsEnd
        if index < end, bytes[index] == UInt8(ascii: "@") {
            index += 1
            host = domain(bytes)
            last = wordsEnd
        }
        while index < end, bytes[index] != UInt8(ascii: ">") { index += 1 }
        if index < end { index += 1 }
        // `<>` in a header is no mailbox, unless it has a name to show.
        guard name != nil || !mailbox.isEmpty || !host.isEmpty else {
            return nil
        }
        skipToSeparator(bytes)
        return HeaderAddress(
            kind: .mailbox,
            displayName: name ?? before ?? comment,
            route: route,
            mailbox: mailbox,
            host: host,
            range: first..<last
        )
    }

    // obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":"
    private mutating func obsoleteRoute(_ bytes: Span<UInt8>) -> [UInt8]? {
        let before = index
        var text: [UInt8] = []
        while index < end {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: ":"):
                return text
            case UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "\""):
                index = before
                return nil
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                break
            default:
                text.append(byte)
            }
        }
        index = before
        return nil
    }

    /// The domain after an "@", without spaces and comments.
    private mutating func domain(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var inLiteral = false
        var afterSpace = false
        wordsEnd = index
        while index < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                index += 1
                afterSpace = !text.isEmpty
                continue
            case UInt8(ascii: "("):
                let note = skipComment(bytes)
                if !note.isEmpty { comment = note }
                continue
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""):
                return text
            case UInt8(ascii: "["):
                inLiteral = true
            case UInt8(ascii: "]"):
                inLiteral = false
            default:
                // Words after a space belong to the domain only around a dot: "a . b" is one domain, "a b" is not.
                if afterSpace, !inLiteral, byte != UInt8(ascii: "."), text.last != UInt8(ascii: ".") { return text }
            }
            afterSpace = false
            text.append(byte)
            index += 1
            wordsEnd = index
        }
        return text
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                index += 1
            case UInt8(ascii: "("):
                _ = skipComment(bytes)
            default:
                return
            }
        }
    }

    /// Skips to the next element: what follows an address is a comment (the old way to give a name) or of no value.
    private mutating func skipToSeparator(_ bytes: Span<UInt8>) {
        while index < end, !isSeparator(bytes[index]) {
            if bytes[index] == UInt8(ascii: "(") {
                let text = skipComment(bytes)
                if !text.isEmpty { comment = text }
            } else if bytes[index] == UInt8(ascii: "\"") {
                _ = quotedString(bytes)
            } else {
                index += 1
            }
        }
        if index < end, bytes[index] == UInt8(ascii: ",") { index += 1 }
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "<")
    }

    // comment = "(" *([FWS] ccontent) [FWS] ")"
    private mutating func skipComment(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var depth = 0
        while index < end {
            var byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "("):
                depth += 1
                if depth == 1 { continue }
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return text }
            case UInt8(ascii: "\\"):
                guard index < end else { return text }
                byte = bytes[index]
                index += 1
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                continue
            default:
                break
            }
            text.append(byte)
        }
        return text
    }

    // quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE
    private mutating func quotedString(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        index += 1
        while index < end {
            var byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                return text
            case UInt8(ascii: "\\"):
                guard index < end else { return text }
                byte = bytes[index]
                index += 1
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                continue
            default:
                break
            }
            text.append(byte)
        }
        return text
    }
}
