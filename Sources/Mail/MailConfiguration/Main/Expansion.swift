// SPDX-License-Identifier: Apache-2.0

/// The `$name` expansion of main.cf, master.cf and of texts such as `smtpd_reject_footer`.
///
/// Forms: `$$`, `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`, `${name?{text}:{text}}` and
/// `${{left} operator {right}?{text}:{text}}` with the operators of ``ExpansionComparison``.
package struct Expansion {
    /// Why a text cannot be expanded.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// A value that refers to itself: the names in the order of reference, the first one again at the end.
        case loop([String])
        /// References nested deeper than the limit.
        case tooDeep(limit: Int)
        /// The result is longer than the limit, in bytes.
        case tooLong(limit: Int)
        /// `${`, `$(` or `{` that is never closed.
        case unclosed(String)
        /// A form that is none of those above.
        case malformed(String)

        package var description: String {
            switch self {
            case .loop(let names): "the value refers to itself: \(names.joined(separator: " -> "))"
            case .tooDeep(let limit): "references are nested deeper than \(limit)"
            case .tooLong(let limit): "the expanded value is longer than \(limit) bytes"
            case .unclosed(let text): "\"\(text)\" is never closed"
            case .malformed(let text): "\"\(text)\" is not a reference; write \"$$\" for one dollar sign"
            }
        }
    }

    /// Returns the unexpanded value of a name, nil for an undefined one.
    private let lookup: (String) -> String?
    private let depthLimit: Int
    private let lengthLimit: Int
    private var active: [String] = []
    private var budget: Int
    /// What each name gave, so that each value is read once: lines that double each other would take time without bound,
    /// even where they end in nothing.
    private var values: [String: [UInt8]] = [:]
    /// Undefined names that were referred to, in order; they expand to nothing.
    package private(set) var undefined: [String] = []
    private var seenUndefined: Set<String> = []
    /// All names that were referred to.
    package private(set) var referenced: Set<String> = []

    /// Makes an expander.
    ///
    /// - Parameters:
    ///   - depthLimit: How deep references may nest; Postfix' own configurations need five.
    ///   - lengthLimit: How many bytes all expansions together may give, so that a few doubling lines stay small.
    ///   - lookup: Returns the unexpanded value of a name, nil for an undefined one.
    package init(depthLimit: Int = 50, lengthLimit: Int = 1 << 20, lookup: @escaping (String) -> String?) {
        self.lookup = lookup
        self.depthLimit = depthLimit
        self.lengthLimit = lengthLimit
        self.budget = lengthLimit
    }

    /// Expands a text.
    ///
    /// - Parameters:
    ///   - text: What is expanded.
    ///   - name: The name whose value the text is, so that a reference back to it is seen as a loop.
    /// - Returns: The text without references.
    /// - Throws: Why it cannot be expanded.
    package mutating func expand(_ text: String, of name: String? = nil) throws(Failure) -> String {
        active = name.map { [$0] } ?? []
        budget = lengthLimit
        values = [:]
        return String(decoding: try expand(Array(text.utf8)[...], depth: 0), as: UTF8.self)
    }

    private mutating func expand(_ text: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        guard depth <= depthLimit else { throw .tooDeep(limit: depthLimit) }
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                result.append(byte)
                continue
            }
            switch rest.first {
            case UInt8(ascii: "$"):
                rest.removeFirst()
                result.append(byte)
            case UInt8(ascii: "{"):
                let body = try Self.enclosed(&rest, close: UInt8(ascii: "}"))
                result += try evaluate(body, depth: depth + 1)
            case UInt8(ascii: "("):
                let body = try Self.enclosed(&rest, close: UInt8(ascii: ")"))
                result += try evaluate(body, depth: depth + 1)
            case let first? where Self.isNameByte(first):
                result += try value(of: Self.name(&rest), depth: depth + 1)
            default:
                throw .malformed("$" + String(decoding: rest.prefix(1), as: UTF8.self))
            }
        }
        budget -= result.count
        guard budget >= 0 else { throw .tooLong(limit: lengthLimit) }
        return result
    }

    /// Evaluates what stands between `${` and `}`.
    private mutating func evaluate(_ body: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        var rest = body
        Self.skipBlanks(&rest)
        let holds: Bool
        var plain: String?
        if rest.first == UInt8(ascii: "{") {
            holds = try comparison(&rest, in: body, depth: depth)
        } else {
            let name = Self.name(&rest)
            guard !name.isEmpty else { throw .malformed("${" + String(decoding: body, as: UTF8.self) + "}") }
            plain = name
            Self.skipBlanks(&rest)
            if rest.isEmpty { return try value(of: name, depth: depth) }
            referenced.insert(name)
            let isDefined = lookup(name) != nil
            let content: [UInt8] = isDefined ? try value(of: name, depth: depth) : []
            holds = !content.isEmpty
        }
        Self.skipBlanks(&rest)
        guard let mark = rest.popFirst(), mark == UInt8(ascii: "?") || (mark == UInt8(ascii: ":") && plain != nil)
        else {
            throw .malformed("${" + String(decoding: body, as: UTF8.self) + "}")
        }
        guard mark == UInt8(ascii: "?") else {
            return holds ? [] : try expand(try Self.alternative(rest, in: body), depth: depth)
        }
        var ahead = rest
        Self.skipBlanks(&ahead)
        guard ahead.first == UInt8(ascii: "{") else { return holds ? try expand(rest, depth: depth) : [] }
        let yes = try Self.enclosed(&ahead, close: UInt8(ascii: "}"))
        Self.skipBlanks(&ahead)
        guard let colon = ahead.popFirst() else { return holds ? try expand(yes, depth: depth) : [] }
        guard colon == UInt8(ascii: ":") else { throw .malformed("${" + String(decoding: body, as: UTF8.self) + "}") }
        let no = try Self.alternative(ahead, in: body)
        return try expand(holds ? yes : no, depth: depth)
    }

    private mutating func comparison(
        _ rest: inout ArraySlice<UInt8>,
        in body: ArraySlice<UInt8>,
        depth: Int
    ) throws(Failure) -> Bool {
        let left = try expand(try Self.enclosed(&rest, close: UInt8(ascii: "}")), depth: depth)
        Self.skipBlanks(&rest)
        let mark = rest.prefix { "=!<>".utf8.contains($0) || (0x61...0x7A).contains($0) }
        rest.removeFirst(mark.count)
        Self.skipBlanks(&rest)
        guard let comparison = ExpansionComparison(rawValue: String(decoding: mark, as: UTF8.self)),
            rest.first == UInt8(ascii: "{")
        else { throw .malformed("${" + String(decoding: body, as: UTF8.self) + "}") }
        let right = try expand(try Self.enclosed(&rest, close: UInt8(ascii: "}")), depth: depth)
        return comparison.holds(String(decoding: left, as: UTF8.self), String(decoding: right, as: UTF8.self))
    }

    private mutating func value(of name: String, depth: Int) throws(Failure) -> [UInt8] {
        referenced.insert(name)
        if let value = values[name] { return value }
        if let start = active.firstIndex(of: name) { throw .loop(Array(active[start...]) + [name]) }
        guard let text = lookup(name) else {
            if seenUndefined.insert(name).inserted { undefined.append(name) }
            return []
        }
        active.append(name)
        defer { active.removeLast() }
        let value = try expand(Array(text.utf8)[...], depth: depth)
        values[name] = value
        return value
    }

    /// The text of an alternative: `{text}`, or everything to the end.
    private static func alternative(
        _ text: ArraySlice<UInt8>,
        in body: ArraySlice<UInt8>
    ) throws(Failure) -> ArraySlice<UInt8> {
        var ahead = text
        skipBlanks(&ahead)
        guard ahead.first == UInt8(ascii: "{") else { return text }
        let inside = try enclosed(&ahead, close: UInt8(ascii: "}"))
        skipBlanks(&ahead)
        guard ahead.isEmpty else { throw .malformed("${" + String(decoding: body, as: UTF8.self) + "}") }
        return inside
    }

    /// Takes a bracketed text off the front, of which nested brackets of the same kind are part.
    private static func enclosed(_ rest: inout ArraySlice<UInt8>, close: UInt8) throws(Failure) -> ArraySlice<UInt8> {
        let open = rest.first
        var depth = 0
        for index in rest.indices {
            if rest[index] == open {
                depth += 1
            } else if rest[index] == close {
                depth -= 1
                if depth == 0 {
                    let inside = rest[(rest.startIndex + 1)..<index]
                    rest = rest[(index + 1)...]
                    return inside
                }
            }
        }
        throw .unclosed(String(decoding: rest.prefix(40), as: UTF8.self))
    }

    private static func name(_ rest: inout ArraySlice<UInt8>) -> String {
        let name = rest.prefix(while: isNameByte)
        rest.removeFirst(name.count)
        return String(decoding: name, as: UTF8.self)
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.first, ListSyntax.isBlank(byte) { rest.removeFirst() }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }
}
