// SPDX-License-Identifier: Apache-2.0
package import MailAddress

/// One element of the right-hand side of aliases(5).
package enum AliasTarget: Sendable, Equatable {
    /// Mail goes to that address; one without a domain is a name of this host.
    ///
    /// `\name` is literal: it is not looked up as an alias again.
    case address(EmailAddress, isLiteral: Bool)
    /// `|command`
    case command(String)
    /// `/file/name`
    case file(String)
    /// `:include:/file/name`
    case include(String)

    /// An element that is none of these.
    package struct Malformed: Error, Equatable {
        package let text: String
    }

    /// Elements that an entry may have; a longer list belongs into an `:include:` file.
    package static let limit = 10_000

    /// Reads a right-hand side: elements between commas outside of quotes, comments and angle brackets.
    package static func parse(_ text: String, limit: Int = limit) throws(Malformed) -> [AliasTarget] {
        var targets: [AliasTarget] = []
        for element in elements(Array(text.utf8)) {
            guard targets.count < limit else { throw Malformed(text: "more than \(limit) elements") }
            guard let target = AliasTarget(element) else {
                throw Malformed(text: String(decoding: element.prefix(100), as: UTF8.self))
            }
            targets.append(target)
        }
        guard !targets.isEmpty else { throw Malformed(text: "") }
        return targets
    }

    private init?(_ element: ArraySlice<UInt8>) {
        let (word, isQuoted) = Self.unquoted(element)
        switch word.first {
        case UInt8(ascii: "|"):
            self = .command(Self.text(word.dropFirst()))
        case UInt8(ascii: "/"):
            self = .file(Self.text(word))
        case UInt8(ascii: ":"):
            let mark = Array(":include:".utf8)
            guard word.count > mark.count, word.prefix(mark.count).map({ $0 | 0x20 }) == mark.map({ $0 | 0x20 }) else {
                return nil
            }
            self = .include(Self.text(Self.trimmed(word.dropFirst(mark.count))))
        case UInt8(ascii: "\\") where !isQuoted:
            guard let address = Self.address(word.dropFirst()) else { return nil }
            self = .address(address, isLiteral: true)
        default:
            guard let address = Self.address(element) else { return nil }
            self = .address(address, isLiteral: false)
        }
    }

    /// `joe`, `"a b"@example.org`, `Joe User <joe@example.org>`, `joe (Joe)`.
    private static func address(_ element: ArraySlice<UInt8>) -> EmailAddress? {
        guard let address = decorated(element) else { return nil }
        // A bare name with an "@" in it would be another address in the queue file, where quotes are gone.
        return EmailAddress(internalForm: address.internalForm) == address ? address : nil
    }

    private static func decorated(_ element: ArraySlice<UInt8>) -> EmailAddress? {
        let hasDecoration = element.contains { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "(") }
        guard hasDecoration else { return EmailAddress(text(element)) }
        let found = HeaderAddressParser(maximumCount: 2).parse(Array(element).span)
        guard found.count == 1, let only = found.first else { return nil }
        return only.emailAddress
    }

    /// The content of an element that is one quoted string, and whether it is; other elements stay.
    private static func unquoted(_ element: ArraySlice<UInt8>) -> (word: ArraySlice<UInt8>, isQuoted: Bool) {
        guard element.first == UInt8(ascii: "\"") else { return (element, false) }
        var content: [UInt8] = []
        var index = element.startIndex + 1
        while index < element.endIndex {
            let byte = element[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return index == element.endIndex ? (content[...], true) : (element, false) }
            if byte == UInt8(ascii: "\\"), index < element.endIndex {
                content.append(element[index])
                index += 1
            } else {
                content.append(byte)
            }
        }
        return (element, false)
    }

    /// The parts between commas, trimmed, without the empty ones.
    private static func elements(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var elements: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        var isEscaped = false
        var comments = 0
        var inAngle = false
        for (index, byte) in text.enumerated() {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "\"") where comments == 0: isQuoted.toggle()
            case _ where isQuoted: break
            case UInt8(ascii: "("): comments += 1
            case UInt8(ascii: ")"): comments = max(0, comments - 1)
            case UInt8(ascii: "<") where comments == 0: inAngle = true
            case UInt8(ascii: ">") where comments == 0: inAngle = false
            case UInt8(ascii: ",") where comments == 0 && !inAngle:
                elements.append(trimmed(text[start..<index]))
                start = index + 1
            default: break
            }
        }
        elements.append(trimmed(text[start...]))
        return elements.filter { !$0.isEmpty }
    }

    private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = slice
        while let first = slice.first, isSpace(first) { slice.removeFirst() }
        while let last = slice.last, isSpace(last) { slice.removeLast() }
        return slice
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
