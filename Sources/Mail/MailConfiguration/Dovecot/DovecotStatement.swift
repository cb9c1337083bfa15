// SPDX-License-Identifier: Apache-2.0

/// One statement of dovecot.conf.
enum DovecotStatement {
    case setting(key: String, value: String, isFileContent: Bool, isQuoted: Bool)
    case include(pattern: String, mustExist: Bool)
    case failure(BadValue)

    /// Takes `kind {` or `kind name {` off the front; nil, and nothing taken, where something else stands there.
    static func sectionHead(_ rest: inout ArraySlice<UInt8>) -> (kind: String, name: String?)? {
        var ahead = rest
        let kind = ahead.prefix { isKeyByte($0) }
        guard !kind.isEmpty else { return nil }
        ahead = DovecotLines.trimmed(ahead.dropFirst(kind.count))
        var name: String?
        if let first = ahead.first, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            guard let quoted = quoted(&ahead) else { return nil }
            name = quoted
        } else if ahead.first != UInt8(ascii: "{") {
            let word = ahead.prefix { !ListSyntax.isBlank($0) && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "=") }
            guard !word.isEmpty else { return nil }
            ahead = ahead.dropFirst(word.count)
            name = String(decoding: word, as: UTF8.self)
        }
        ahead = DovecotLines.trimmed(ahead)
        guard ahead.first == UInt8(ascii: "{") else { return nil }
        rest = DovecotLines.trimmed(ahead.dropFirst())
        return (String(decoding: kind, as: UTF8.self), name)
    }

    /// Takes a setting or an include off the front.
    ///
    /// - Parameters:
    ///   - rest: What is left of the line; always gets shorter.
    ///   - isInline: Whether a section was opened on this line, so that ` }` ends the value.
    /// - Returns: The statement, or what is wrong with it.
    static func parse(_ rest: inout ArraySlice<UInt8>, isInline: Bool) -> DovecotStatement {
        if rest.first == UInt8(ascii: "!") { return directive(&rest) }
        let line = rest
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
            rest = []
            return .failure(withoutEquals(line))
        }
        let key = DovecotLines.trimmed(line[..<equals])
        rest = DovecotLines.trimmed(line[(equals + 1)...])
        guard !key.isEmpty, key.allSatisfy({ !ListSyntax.isBlank($0) }) else {
            let words = String(decoding: key, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            let joined = words.joined(separator: "_")
            let value = String(decoding: rest, as: UTF8.self)
            rest = []
            let meant = NearestName.find(joined, in: DovecotNames.root) ?? joined
            return .failure(
                BadValue(
                    key.isEmpty ? "there is no name before \"=\"" : "a name cannot have spaces",
                    suggestion: key.isEmpty ? nil : "\(meant) = \(value)"
                )
            )
        }
        let name = String(decoding: key, as: UTF8.self)
        if rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "'") {
            var ahead = rest
            if let text = quoted(&ahead) {
                ahead = DovecotLines.trimmed(ahead)
                if ahead.isEmpty || (isInline && ahead.first == UInt8(ascii: "}")) {
                    rest = ahead
                    return .setting(key: name, value: text, isFileContent: false, isQuoted: true)
                }
            }
        }
        var value = rest
        rest = []
        if isInline, let end = value.lastIndex(of: UInt8(ascii: "}")),
            end == value.startIndex || ListSyntax.isBlank(value[end - 1])
        {
            rest = value[end...]
            value = DovecotLines.trimmed(value[..<end])
        }
        let isFile = value.first == UInt8(ascii: "<")
        if isFile { value = DovecotLines.trimmed(value.dropFirst()) }
        return .setting(
            key: name,
            value: String(decoding: value, as: UTF8.self),
            isFileContent: isFile,
            isQuoted: false
        )
    }

    private static func directive(_ rest: inout ArraySlice<UInt8>) -> DovecotStatement {
        let word = rest.prefix { !ListSyntax.isBlank($0) }
        let argument = String(decoding: DovecotLines.trimmed(rest.dropFirst(word.count)), as: UTF8.self)
        rest = []
        let name = String(decoding: word, as: UTF8.self)
        guard name == "!include" || name == "!include_try" else {
            let near = NearestName.find(name, in: ["!include", "!include_try"])
            return .failure(BadValue("\"\(name)\" is not known", suggestion: near))
        }
        guard !argument.isEmpty else { return .failure(BadValue("\(name) names no file")) }
        return .include(pattern: argument, mustExist: name == "!include")
    }

    /// A line such as `listen 10.11.12.9`: the name is probably the first word.
    private static func withoutEquals(_ line: ArraySlice<UInt8>) -> BadValue {
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let first = words.first.map(String.init) ?? text
        let value = words.count > 1 ? ListSyntax.trimmed(words[1]) : ""
        let names = DovecotNames.root.union(DovecotNames.sections)
        let meant = names.contains(first) ? first : NearestName.find(first, in: names) ?? first
        let isSection = DovecotNames.sections.contains(meant) && !DovecotNames.root.contains(meant)
        let form = isSection ? "\(meant)\(value.isEmpty ? "" : " \(value)") {" : "\(meant) = \(value)"
        return BadValue("there is no \"=\" after \"\(first)\"", suggestion: ListSyntax.trimmed(form))
    }

    /// Takes a text in quotes off the front; a backslash keeps the next byte.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let quote = rest.first else { return nil }
        var text: [UInt8] = []
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            let byte = rest[index]
            if byte == quote {
                rest = rest[(index + 1)...]
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), index + 1 < rest.endIndex { index += 1 }
            text.append(rest[index])
            index += 1
        }
        return nil
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"): true
        default: false
        }
    }
}
