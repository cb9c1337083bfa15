// SPDX-License-Identifier: Apache-2.0

/// How the text source of a table is written.
package enum SourceFormat: Sendable {
    /// `key whitespace value`, postmap(1).
    case map
    /// `name: value`, aliases(5).
    case aliases
    /// Aliases where every entry has the colon of aliases(5), a map otherwise.
    case detected
}

/// The entries of a text source, first come first served, keys folded to lower case.
struct TextTableParser {
    private(set) var entries: [(key: String, value: String)] = []
    private(set) var notices: [TableNotice] = []
    private let source: String
    private let folds: Bool
    private var lineOfKey: [String: Int] = [:]

    init(_ contents: [UInt8], source: String, format: SourceFormat, folds: Bool = true) {
        self.source = source
        self.folds = folds
        let lines = Array(LogicalLines(contents))
        let isAliases =
            switch format {
            case .map: false
            case .aliases: true
            case .detected: !lines.isEmpty && lines.allSatisfy { Self.aliasSplit($0.text) != nil }
            }
        entries.reserveCapacity(lines.count)
        lineOfKey.reserveCapacity(lines.count)
        for line in lines {
            let parts = isAliases ? Self.aliasSplit(line.text) : Self.mapSplit(line.text)
            add(parts, line: line, form: isAliases ? "name: value" : "key whitespace value")
        }
        lineOfKey = [:]
    }

    /// The entries as a dictionary.
    var dictionary: [String: String] {
        Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private mutating func add(
        _ parts: (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)?,
        line: LogicalLines.Line,
        form: String
    ) {
        guard let parts, !parts.key.isEmpty, !parts.value.isEmpty else {
            return remark("expected format: \(form); this line is ignored", line)
        }
        guard !line.text.contains(0), let text = String(validating: parts.key, as: UTF8.self),
            let value = String(validating: parts.value, as: UTF8.self)
        else {
            return remark("not UTF-8 text; this line is ignored", line)
        }
        let key = folds ? LookupKey.folded(text) : text
        if let earlier = lineOfKey.updateValue(line.number, forKey: key) {
            lineOfKey[key] = earlier
            return remark("duplicate entry \"\(key)\"; line \(earlier) counts", line)
        }
        entries.append((key, value))
    }

    private mutating func remark(_ text: String, _ line: LogicalLines.Line) {
        notices.append(TableNotice(source: source, line: line.number, text: text))
    }

    /// Splits at the first white space that is neither quoted nor escaped; quotes stay part of the key.
    static func mapSplit(_ text: [UInt8]) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let end = endOfToken(text, stopping: isSpace) else { return nil }
        return (text[..<end], trimmingSpace(text[end...]))
    }

    /// Splits at the first colon that is neither quoted nor escaped, which ends the name but for white space; a name
    /// in quotes loses them.
    static func aliasSplit(_ text: [UInt8]) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let end = endOfToken(text, stopping: { isSpace($0) || $0 == UInt8(ascii: ":") }), end > 0 else {
            return nil
        }
        let rest = text[end...].drop(while: isSpace)
        // A colon inside a word (an IPv6 network, a URL) does not end an alias' name.
        guard rest.first == UInt8(ascii: ":"), isAliasValue(rest.dropFirst()) else { return nil }
        return (unquoted(text[..<end]), trimmingSpace(rest.dropFirst()))
    }

    /// Tells whether what follows a colon is set off by white space, quoted, or one word without a further colon.
    private static func isAliasValue(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first, !isSpace(first) else { return true }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "|") || first == UInt8(ascii: "/") { return true }
        let word = value.prefix { !isSpace($0) }
        return !word.contains(UInt8(ascii: ":")) && (word.count == value.count || word.last == UInt8(ascii: ","))
    }

    private static func endOfToken(_ text: [UInt8], stopping isEnd: (UInt8) -> Bool) -> Int? {
        var index = 0
        var isQuoted = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, isEnd(byte) {
                return index
            }
            index += 1
        }
        return nil
    }

    private static func unquoted(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard name.count >= 2, name.first == UInt8(ascii: "\""), name.last == UInt8(ascii: "\"") else { return name }
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in name.dropFirst().dropLast() {
            if !isEscaped, byte == UInt8(ascii: "\\") {
                isEscaped = true
                continue
            }
            plain.append(byte)
            isEscaped = false
        }
        return plain[...]
    }
}
