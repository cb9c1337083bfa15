// SPDX-License-Identifier: Apache-2.0

/// The `%` variables of dovecot.conf: `%u`, `%Ln`, `%2d`, `%{user}` of 2.3 and `%{user | lower}` of 2.4.
package struct DovecotVariables: Equatable, Sendable {
    /// Why a text cannot be expanded.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// A variable that has no value here.
        case unknownVariable(String)
        /// A modifier letter or a filter that relais does not have.
        case unknownFilter(String)
        /// `%{` without `}`, or `%` at the end.
        case malformed(String)

        package var description: String {
            switch self {
            case .unknownVariable(let name): "the variable %\(name) is not known here"
            case .unknownFilter(let name): "the modifier or filter \"\(name)\" is not supported"
            case .malformed(let text): "\"\(text)\" is not a variable"
            }
        }
    }

    /// Values by long name, such as `user`, `home`, `remote_ip`, `ldap:uid`.
    package var values: [String: String]

    package init(values: [String: String]) { self.values = values }

    /// Makes the variables of a user; `username` and `domain` are the parts of `user` around its last `@`.
    package init(user: String, service: String? = nil, home: String? = nil, with more: [String: String] = [:]) {
        var values = more
        values["user"] = user
        values["username"] = Self.parts(of: user).local
        values["domain"] = Self.parts(of: user).domain
        if let service { values["service"] = service }
        if let home { values["home"] = home }
        self.values = values
    }

    /// Returns a text with its variables replaced.
    ///
    /// - Throws: The first thing that cannot be replaced.
    package func expand(_ text: String) throws(Failure) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "%") {
                rest.removeFirst()
                result.append(byte)
            } else {
                result += Array(try variable(&rest).utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    // variable = [ "-" ] [ number [ "." number ] ] *modifier ( letter / "{" name "}" )
    private func variable(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> String {
        let start = rest
        let isFromEnd = rest.first == UInt8(ascii: "-")
        if isFromEnd { rest.removeFirst() }
        let first = Self.number(&rest)
        var second: Int?
        if rest.first == UInt8(ascii: "."), first != nil {
            rest.removeFirst()
            second = Self.number(&rest)
        }
        var modifiers: [UInt8] = []
        while let byte = rest.first, (0x41...0x5A).contains(byte) { modifiers.append(rest.popFirst() ?? byte) }
        guard let byte = rest.popFirst() else { throw .malformed("%" + String(decoding: start, as: UTF8.self)) }
        var value: String
        if byte == UInt8(ascii: "{") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                throw .malformed("%{" + String(decoding: rest.prefix(40), as: UTF8.self))
            }
            value = try long(String(decoding: rest[..<end], as: UTF8.self))
            rest = rest[(end + 1)...]
        } else {
            let letter = String(decoding: [byte], as: UTF8.self)
            guard let name = Self.shortNames[letter], let found = lookUp(name) else { throw .unknownVariable(letter) }
            value = found
        }
        for modifier in modifiers { value = try Self.modified(value, modifier) }
        guard let first else { return value }
        let (offset, width) = second.map { (first, $0) } ?? (0, first)
        return isFromEnd
            ? String(value.dropFirst(max(0, value.count - (second == nil ? width : offset))).prefix(width))
            : String(value.dropFirst(offset).prefix(width))
    }

    // name *( "|" filter )
    private func long(_ text: String) throws(Failure) -> String {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false).map { ListSyntax.trimmed($0) }
        let name = parts.first ?? ""
        var value = lookUp(name)
        for filter in parts.dropFirst() {
            if let fallback = Self.argument(of: "default", in: filter) {
                if value?.isEmpty ?? true { value = fallback }
                continue
            }
            guard let known = value else { throw .unknownVariable("{\(name)}") }
            value = try Self.filtered(known, filter)
        }
        guard let value else { throw .unknownVariable("{\(name)}") }
        return value
    }

    private func lookUp(_ name: String) -> String? {
        if let value = values[name] { return value }
        guard let others = Self.synonyms.first(where: { $0.contains(name) }) else { return nil }
        return others.lazy.compactMap { values[$0] }.first
    }

    private static func modified(_ value: String, _ modifier: UInt8) throws(Failure) -> String {
        switch modifier {
        case UInt8(ascii: "L"): return value.lowercased()
        case UInt8(ascii: "U"): return value.uppercased()
        case UInt8(ascii: "R"): return String(value.reversed())
        case UInt8(ascii: "T"): return ListSyntax.trimmed(value)
        case UInt8(ascii: "D"): return value.split(separator: ".").joined(separator: ",dc=")
        case UInt8(ascii: "E"):
            return value.reduce(into: "") { result, character in
                if "\"'\\".contains(character) { result.append("\\") }
                result.append(character)
            }
        default: throw .unknownFilter(String(decoding: [modifier], as: UTF8.self))
        }
    }

    private static func filtered(_ value: String, _ filter: String) throws(Failure) -> String {
        switch filter {
        case "lower": return value.lowercased()
        case "upper": return value.uppercased()
        case "username": return parts(of: value).local
        case "domain": return parts(of: value).domain
        case "reverse": return String(value.reversed())
        default: break
        }
        if let arguments = argument(of: "substr", in: filter) {
            let numbers = arguments.split(separator: ",").map { Int(ListSyntax.trimmed($0)) }
            if let start = numbers.first ?? nil {
                let rest = start < 0 ? value.suffix(abs(max(start, -100_000))) : value.dropFirst(start)
                guard numbers.count > 1 else { return String(rest) }
                if let length = numbers[1], length >= 0 { return String(rest.prefix(length)) }
            }
        }
        throw .unknownFilter(filter)
    }

    /// Returns what stands in `name( … )`, without quotes.
    private static func argument(of name: String, in filter: String) -> String? {
        guard filter.hasPrefix("\(name)("), filter.hasSuffix(")") else { return nil }
        let inside = ListSyntax.trimmed(filter.dropFirst(name.count + 1).dropLast())
        for quote in ["'", "\""] where inside.count >= 2 && inside.hasPrefix(quote) && inside.hasSuffix(quote) {
            return String(inside.dropFirst().dropLast())
        }
        return inside
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count < 7, let number = Int(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        rest.removeFirst(digits.count)
        return number
    }

    private static func parts(of user: String) -> (local: String, domain: String) {
        guard let at = user.lastIndex(of: "@") else { return (user, "") }
        return (String(user[..<at]), String(user[user.index(after: at)...]))
    }

    private static let shortNames = [
        "u": "user", "n": "username", "d": "domain", "s": "service", "h": "home", "l": "local_ip", "r": "remote_ip",
        "a": "local_port", "b": "remote_port", "p": "pid", "m": "mechanism", "w": "password", "c": "secured",
        "k": "certificate", "i": "uid", "g": "gid", "e": "mail_pid", "t": "session",
    ]

    /// What 2.3 and 2.4 call the same thing.
    private static let synonyms: [[String]] = [
        ["service", "protocol"], ["local_ip", "lip"], ["remote_ip", "rip"], ["local_port", "lport"],
        ["remote_port", "rport"], ["mechanism", "mech"], ["certificate", "cert"], ["pid", "client_pid"],
        ["home", "userdb:home"],
    ]
}
