// SPDX-License-Identifier: Apache-2.0

/// A text of ldap_table(5) with `%` sequences: `search_base`, `query_filter`, `result_format`.
package struct QueryTemplate: Sendable, Equatable {
    /// A piece of the text.
    enum Piece: Sendable, Equatable {
        case text(String)
        /// `%s %u %d`: of the key in a query, of the result in `result_format`.
        case whole, localPart, domain
        /// `%S %U %D`: of the key everywhere.
        case keyWhole, keyLocalPart, keyDomain
        /// `%1` to `%9`: a label of the key's domain, counted from its end.
        case keyLabel(Int)
    }

    /// The template that gives nothing.
    package static let empty = QueryTemplate(pieces: [])
    /// The longest text that a query is made of, in bytes.
    package static let lengthLimit = 64 * 1024

    let pieces: [Piece]

    private init(pieces: [Piece]) {
        self.pieces = pieces
    }

    /// Reads a template.
    ///
    /// - Throws: A sentence about a `%` that begins no known sequence.
    package init(_ text: String) throws(BadSetting) {
        var pieces: [Piece] = []
        var plain: [UInt8] = []
        var rest = Array(text.utf8)[...]
        func flush() {
            guard !plain.isEmpty else { return }
            pieces.append(.text(String(decoding: plain, as: UTF8.self)))
            plain = []
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                plain.append(byte)
                continue
            }
            guard let letter = rest.popFirst() else { throw BadSetting("a % stands at the end; %% is a percent sign") }
            guard letter != UInt8(ascii: "%") else {
                plain.append(byte)
                continue
            }
            flush()
            switch letter {
            case UInt8(ascii: "s"): pieces.append(.whole)
            case UInt8(ascii: "u"): pieces.append(.localPart)
            case UInt8(ascii: "d"): pieces.append(.domain)
            case UInt8(ascii: "S"): pieces.append(.keyWhole)
            case UInt8(ascii: "U"): pieces.append(.keyLocalPart)
            case UInt8(ascii: "D"): pieces.append(.keyDomain)
            case UInt8(ascii: "1")...UInt8(ascii: "9"): pieces.append(.keyLabel(Int(letter - UInt8(ascii: "0"))))
            default:
                let sequence = letter < 0x80 ? String(decoding: [byte, letter], as: UTF8.self) : "%"
                throw BadSetting("\"\(sequence)\" is none of %s %u %d %S %U %D %1 to %9 %%")
            }
        }
        flush()
        self.pieces = pieces
    }

    /// Whether the text is the same for every key.
    package var isConstant: Bool {
        pieces.allSatisfy { if case .text = $0 { true } else { false } }
    }

    /// Whether the text depends on the value (`%s %u %d`), be it key or result.
    var usesValue: Bool {
        pieces.contains { $0 == .whole || $0 == .localPart || $0 == .domain }
    }

    /// Fills the key in.
    ///
    /// - Returns: The text; nil where the key lacks a part that the template asks for, or the text gets too long: the
    ///   key is then not found, and nobody is asked.
    package func query(_ key: LookupKeyParts, quoting: LDAPQuoting) -> String? {
        (try? expand(value: key, key: key, quoting: quoting, limit: Self.lengthLimit)) ?? nil
    }

    /// Fills a result in, and the parts of the key where `%S %U %D %1` ask for them.
    ///
    /// - Returns: The text; nil where the result lacks a part that the template asks for: the result is left out.
    /// - Throws: `LDAPResults.Failure.tooLong`.
    package func result(_ value: String, key: LookupKeyParts) throws(LDAPResults.Failure) -> String? {
        try expand(value: LookupKeyParts(value), key: key, quoting: .none, limit: LDAPResults.lengthLimit)
    }

    /// Whether the key has all parts that the template asks of it.
    ///
    /// A lookup whose `result_format` asks for more than the key has is not found without asking anybody.
    package func isSatisfied(by key: LookupKeyParts) -> Bool {
        pieces.allSatisfy { piece in
            switch piece {
            case .keyWhole, .keyLocalPart, .keyDomain, .keyLabel: Self.part(piece, value: key, key: key) != nil
            case .text, .whole, .localPart, .domain: true
            }
        }
    }

    private func expand(
        value: LookupKeyParts,
        key: LookupKeyParts,
        quoting: LDAPQuoting,
        limit: Int
    ) throws(LDAPResults.Failure) -> String? {
        var output: [UInt8] = []
        for piece in pieces {
            if case .text(let text) = piece {
                output.append(contentsOf: text.utf8)
            } else if let part = Self.part(piece, value: value, key: key) {
                quoting.append(part, to: &output)
            } else {
                return nil
            }
            guard output.count <= limit else { throw .tooLong }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The part that a piece asks for; an empty one is none.
    private static func part(_ piece: Piece, value: LookupKeyParts, key: LookupKeyParts) -> String? {
        let part: String?
        switch piece {
        case .text(let text): return text
        case .whole: part = value.whole
        case .localPart: part = value.localPart
        case .domain: part = value.domain
        case .keyWhole: part = key.whole
        case .keyLocalPart: part = key.localPart
        case .keyDomain: part = key.domain
        case .keyLabel(let number): part = key.label(number)
        }
        return part.flatMap { $0.isEmpty ? nil : $0 }
    }
}
