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
    private(set) var entries: TextEntries
    private(set) var notices: [TableNotice] = []
    private let source: String
    private let folds: Bool

    init(_ contents: [UInt8], source: String, format: SourceFormat, folds: Bool = true) {
        self.source = source
        self.folds = folds
        entries = TextEntries(reserving: contents.count)
        let isAliases =
            switch format {
            case .map: false
            case .aliases: true
            case .detected: Self.areAliases(contents)
            }
        let form = isAliases ? "name: value" : "key whitespace value"
        var lines = LogicalLines(contents)
        while let (number, text) = lines.nextPart() {
            add(isAliases ? Self.aliasSplit(text) : Self.mapSplit(text), text, line: number, form: form)
        }
    }

    private static func areAliases(_ contents: [UInt8]) -> Bool {
        var lines = LogicalLines(contents)
        var isEmpty = true
        while let (_, text) = lines.nextPart() {
            guard aliasSplit(text) != nil else { return false }
            isEmpty = false
        }
        return !isEmpty
    }

    private mutating func add(
        _ parts: (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)?,
        _ text: ArraySlice<UInt8>,
        line: Int,
        form: String
    ) {
        guard let parts, !parts.key.isEmpty, !parts.value.isEmpty else {
            return remark("expected format: \(form); this line is ignored", line)
        }
        let earlier: Int?
        if text.allSatisfy({ $0 < 0x80 && $0 != 0 }) {
            earlier =
                folds && parts.key.contains(where: { (0x41...0x5A).contains($0) })
                ? entries.insert(
                    key: parts.key.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 },
                    value: parts.value,
                    line: line
                )
                : entries.insert(key: parts.key, value: parts.value, line: line)
        } else {
            guard !text.contains(0), let key = String(validating: parts.key, as: UTF8.self),
                String(validating: parts.value, as: UTF8.self) != nil
            else {
                return remark("not UTF-8 text; this line is ignored", line)
            }
            earlier = entries.insert(
                key: Array((folds ? LookupKey.folded(key) : key).utf8),
                value: parts.value,
                line: line
            )
        }
        guard let earlier else { return }
        let key = String(decoding: parts.key, as: UTF8.self)
        remark("duplicate entry \"\(folds ? LookupKey.folded(key) : key)\"; line \(earlier) counts", line)
    }

    private mutating func remark(_ text: String, _ line: Int) {
        notices.append(TableNotice(source: source, line: line, text: text))
    }

    /// Splits at the first white space that is neither quoted nor escaped; quotes stay part of the key.
    static func mapSplit(_ text: ArraySlice<UInt8>) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let end = endOfToken(text, stopping: isSpace) else { return nil }
        return (text[..<end], trimmingSpace(text[end...]))
    }

    /// Splits at the first colon that is neither quoted nor escaped, which ends the name but for white space; a name
    /// in quotes loses them.
    static func aliasSplit(_ text: ArraySlice<UInt8>) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let end = endOfToken(text, stopping: { isSpace($0) || $0 == UInt8(ascii: ":") }), end > text.startIndex
        else {
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

    private static func endOfToken(_ text: ArraySlice<UInt8>, stopping isEnd: (UInt8) -> Bool) -> Int? {
        var index = text.startIndex
        var isQuoted = false
        while index < text.endIndex {
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
