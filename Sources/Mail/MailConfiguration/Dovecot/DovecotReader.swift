// SPDX-License-Identifier: Apache-2.0

/// Typed reading of one scope, with every bad value reported.
struct DovecotReader {
    let scope: DovecotScope
    private(set) var diagnostics: [Diagnostic] = []

    init(_ scope: DovecotScope) { self.scope = scope }

    /// The first of some names that is set.
    func first(_ names: [String]) -> DovecotScope.Value? { names.lazy.compactMap { scope.values[$0] }.first }

    /// A text; empty counts as not set.
    func text(_ names: String...) -> String? {
        guard let text = first(names)?.text, !text.isEmpty else { return nil }
        return text
    }

    func list(_ name: String) -> [String] { scope.text(name).map(ListSyntax.split) ?? [] }

    mutating func boolean(_ name: String, default value: Bool) -> Bool {
        guard let found = scope.values[name] else { return value }
        switch found.text.lowercased() {
        case "yes", "y", "1": return true
        case "no", "n", "0", "": return false
        default:
            report(found, "\(name): \"\(found.text)\" is neither \"yes\" nor \"no\"", Self.meant(found.text))
            return value
        }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int> = 0...Int.max) -> Int? {
        guard let found = scope.values[name], !found.text.isEmpty else { return nil }
        if found.text == "unlimited" { return 0 }
        guard let number = Int(found.text), range.contains(number) else {
            let bound = range.upperBound == Int.max ? "" : " up to \(range.upperBound)"
            report(found, "\(name): \"\(found.text)\" is not a number\(bound)")
            return nil
        }
        return number
    }

    /// A file mode in octal.
    mutating func mode(_ name: String) -> UInt32? {
        guard let found = scope.values[name], !found.text.isEmpty else { return nil }
        guard let mode = UInt32(found.text, radix: 8), mode <= 0o7777 else {
            report(found, "\(name): \"\(found.text)\" is not a mode such as 0660")
            return nil
        }
        return mode
    }

    /// A time such as `2 secs`, `500 ms`, `1h`.
    mutating func time(_ name: String) -> Duration? {
        guard let found = scope.values[name], !found.text.isEmpty else { return nil }
        guard let time = DovecotReader.duration(found.text) else {
            report(found, "\(name): \"\(found.text)\" is not a time such as 30s, 5m, 2 hours")
            return nil
        }
        return time
    }

    mutating func choice<Word: RawRepresentable & CaseIterable>(_ name: String, default word: Word) -> Word
    where Word.RawValue == String {
        guard let found = scope.values[name], !found.text.isEmpty else { return word }
        if let word = Word(rawValue: found.text.lowercased()) { return word }
        let words = Word.allCases.map(\.rawValue)
        let near = ListSyntax.split(found.text).first { words.contains($0) } ?? NearestName.find(found.text, in: words)
        report(found, "\(name): \"\(found.text)\" is none of \(words.joined(separator: ", "))", near)
        return word
    }

    /// A path: 2.3 writes `<path` for the content of the file, 2.4 the path itself.
    mutating func path(contentOf old: String, or new: String) -> String? {
        if let found = scope.values[new], !found.text.isEmpty { return found.text }
        guard let found = scope.values[old], !found.text.isEmpty else { return nil }
        guard found.isFileContent else {
            let hint = found.text.hasPrefix("/") ? "\(old) = <\(found.text)" : nil
            report(found, "\(old) must name a file with \"<\" before its path", hint)
            return nil
        }
        return found.text
    }

    mutating func report(_ value: DovecotScope.Value, _ message: String, _ suggestion: String? = nil) {
        report(.error, value.place, message, suggestion)
    }

    mutating func report(
        _ severity: Diagnostic.Severity,
        _ place: DovecotNode.Place,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, file: place.file, line: place.line, message, suggestion: suggestion)
        )
    }

    mutating func take(_ other: DovecotReader) { diagnostics += other.diagnostics }

    static func duration(_ text: String) -> Duration? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard let number = Int(String(digits) ?? ""), number < 1 << 40 else { return nil }
        switch ListSyntax.trimmed(text.dropFirst(digits.count)).lowercased() {
        case "ms", "msec", "msecs", "millisecond", "milliseconds": return .milliseconds(number)
        case "", "s", "sec", "secs", "second", "seconds": return .seconds(number)
        case "m", "min", "mins", "minute", "minutes": return .seconds(number * 60)
        case "h", "hour", "hours": return .seconds(number * 3_600)
        case "d", "day", "days": return .seconds(number * 86_400)
        case "w", "week", "weeks": return .seconds(number * 604_800)
        default: return nil
        }
    }

    private static func meant(_ text: String) -> String? {
        switch text.lowercased() {
        case "true", "on", "oui", "enabled": "yes"
        case "false", "off", "non", "disabled": "no"
        default: NearestName.find(text, in: ["yes", "no"])
        }
    }
}
