// SPDX-License-Identifier: Apache-2.0

/// How the text of a parameter becomes a typed value.
package struct ParameterType<Value: Sendable>: Sendable {
    /// What a person calls the type, with its range.
    package let name: String
    /// What is read where not even the default is a value; a test proves that no row needs it.
    package let placeholder: Value
    /// Whether `$name` is expanded at the moment of use and not when main.cf is read.
    package let isTemplate: Bool
    /// Reads an expanded text.
    package let read: @Sendable (String) throws(BadValue) -> Value

    package init(
        name: String,
        placeholder: Value,
        isTemplate: Bool = false,
        read: @escaping @Sendable (String) throws(BadValue) -> Value
    ) {
        self.name = name
        self.placeholder = placeholder
        self.isTemplate = isTemplate
        self.read = read
    }
}

extension ParameterType where Value == String {
    /// Any text.
    package static var string: Self { Self(name: "text", placeholder: "") { text throws(BadValue) in text } }

    /// A text that may not be empty.
    package static var nonEmptyString: Self {
        Self(name: "text, not empty", placeholder: "") { text throws(BadValue) in
            guard !text.isEmpty else { throw BadValue("the value may not be empty") }
            return text
        }
    }

    /// A text whose `$name` are expanded for each use, with names that only the moment knows.
    package static var template: Self {
        Self(name: "text, expanded at use", placeholder: "", isTemplate: true) { text throws(BadValue) in text }
    }
}

extension ParameterType where Value == Bool {
    /// `yes` or `no`, in any case.
    package static var boolean: Self {
        Self(name: "yes or no", placeholder: false) { text throws(BadValue) in
            switch text.lowercased() {
            case "yes": return true
            case "no": return false
            default: throw BadValue("\"\(text)\" is neither \"yes\" nor \"no\"", suggestion: meant(text))
            }
        }
    }

    private static func meant(_ text: String) -> String? {
        switch text.lowercased() {
        case "true", "on", "1", "y", "enable", "enabled", "oui", "ja": "yes"
        case "false", "off", "0", "n", "disable", "disabled", "non", "nein": "no"
        default: NearestName.find(text, in: ["yes", "no"])
        }
    }
}

extension ParameterType where Value == Int {
    /// A decimal number within a range.
    package static func integer(_ range: ClosedRange<Int> = 0...Int.max) -> Self {
        Self(name: "number, \(describe(range))", placeholder: range.lowerBound) { text throws(BadValue) in
            guard let number = decimal(text) else { throw BadValue("\"\(text)\" is not a number") }
            guard range.contains(number) else { throw BadValue("\(text) is not \(describe(range))") }
            return number
        }
    }

    /// A decimal number that is at least something.
    package static func integer(_ range: PartialRangeFrom<Int>) -> Self { integer(range.lowerBound...Int.max) }

    /// A number of bytes.
    package static func size(_ range: ClosedRange<Int> = 0...Int.max) -> Self {
        let number = integer(range)
        return Self(name: "bytes, \(describe(range))", placeholder: range.lowerBound) { text throws(BadValue) in
            if let last = text.utf8.last, "kKmMgGbB".utf8.contains(last) {
                throw BadValue("\"\(text)\" is not a number: a size is written in bytes, without a unit")
            }
            return try number.read(text)
        }
    }

    private static func decimal(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func describe(_ range: ClosedRange<Int>) -> String {
        range.upperBound == Int.max ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension ParameterType where Value == Duration {
    /// A time: a number with a unit `s`, `m`, `h`, `d` or `w`.
    ///
    /// - Parameters:
    ///   - unit: What a bare number counts.
    ///   - seconds: The range in seconds.
    /// - Returns: The type.
    package static func time(_ unit: TimeSyntax.Unit = .seconds, _ seconds: ClosedRange<Int> = 0...Int.max) -> Self {
        let least = Duration.seconds(seconds.lowerBound)
        let name = seconds.lowerBound > 0 ? "time, at least \(seconds.lowerBound)s" : "time"
        return Self(name: name, placeholder: least) { text throws(BadValue) in
            guard let value = TimeSyntax.seconds(text, defaultUnit: unit) else {
                throw BadValue("\"\(text)\" is not a time: write a number and one of s, m, h, d, w")
            }
            guard seconds.contains(value) else {
                throw BadValue("\(text) is not between \(seconds.lowerBound)s and \(seconds.upperBound)s")
            }
            return .seconds(value)
        }
    }
}

extension ParameterType where Value == [String] {
    /// Elements between commas and white space; a group in braces is one element.
    package static var list: Self {
        Self(name: "list", placeholder: []) { text throws(BadValue) in try closed(text) }
    }

    /// A list whose `$name` are expanded for each use.
    package static var templateList: Self {
        Self(name: "list, expanded at use", placeholder: [], isTemplate: true) { text throws(BadValue) in
            try closed(text)
        }
    }

    /// Lookup tables as `type:name`.
    package static var tables: Self {
        Self(name: "lookup tables", placeholder: []) { text throws(BadValue) in
            let tables = try closed(text)
            for table in tables where !table.utf8.contains(UInt8(ascii: ":")) {
                throw BadValue("\"\(table)\" is not a lookup table: write type:name", suggestion: "hash:\(table)")
            }
            return tables
        }
    }

    private static func closed(_ text: String) throws(BadValue) -> [String] {
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth < 0 { break }
        }
        guard depth == 0 else { throw BadValue("the braces do not match") }
        return ListSyntax.split(text)
    }
}

extension ParameterType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One word of a few, in any case; the row names the type: `.choice(ServerTLSLevel.unset)`.
    ///
    /// - Parameter placeholder: What ``ParameterType/placeholder`` is.
    /// - Returns: The type.
    package static func choice(_ placeholder: Value) -> Self {
        let words = Value.allCases.map(\.rawValue)
        let shown = words.filter { !$0.isEmpty }.joined(separator: ", ")
        return Self(name: "one of \(shown)", placeholder: placeholder) { text throws(BadValue) in
            let wanted = text.lowercased()
            guard let word = words.first(where: { $0.lowercased() == wanted }), let value = Value(rawValue: word) else {
                throw BadValue("\"\(text)\" is none of \(shown)", suggestion: NearestName.find(text, in: words))
            }
            return value
        }
    }
}
