// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration

/// Reads the file of an `ldap:` table: lines `name = value` with the continuation and comment rules of main.cf.
///
/// Values are taken as they stand, so a password may hold `$`, `#` and quotes. Every problem of the file is reported.
package struct LDAPTableReader {
    /// A value and the line it starts on.
    struct Setting {
        let value: String
        let line: Int
    }

    /// The longest file that is read, in bytes.
    package static let lengthLimit = 1 << 20

    let file: String
    private(set) var settings: [LDAPParameter: Setting] = [:]
    private(set) var diagnostics: [Diagnostic] = []

    /// Reads the bytes of a file.
    ///
    /// - Parameters:
    ///   - content: The bytes.
    ///   - file: The name for diagnostics.
    /// - Returns: The settings, nil where there are errors, and everything there is to say.
    package static func read(
        _ content: [UInt8],
        file: String
    ) -> (settings: LDAPTableSettings?, diagnostics: [Diagnostic]) {
        guard content.count <= lengthLimit, !content.contains(0) else {
            return (nil, [Diagnostic(.error, file: file, line: 0, "is no text of at most \(lengthLimit) bytes")])
        }
        var reader = LDAPTableReader(file: file)
        reader.split(content)
        let settings = reader.interpret()
        let diagnostics = reader.diagnostics.inOrder
        return (diagnostics.containsErrors ? nil : settings, diagnostics)
    }

    private mutating func split(_ content: [UInt8]) {
        let (lines, orphans) = LogicalLines.split(content)
        for line in orphans { report(.error, line, "the line starts with white space, but continues nothing") }
        for line in lines {
            guard let equals = line.text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                report(.error, line.number, "the line is no \"name = value\"")
                continue
            }
            let name = ListSyntax.trimmed(line.text[..<equals])
            let value = ListSyntax.trimmed(line.text[line.text.utf8.index(after: equals)...])
            guard let parameter = LDAPParameter(rawValue: name) else {
                let near = NearestName.find(name, in: LDAPParameter.allCases.map(\.rawValue).sorted())
                report(.error, line.number, "\"\(name)\" is no parameter of an ldap: table", near)
                continue
            }
            if let earlier = settings[parameter] {
                report(.warning, line.number, "\(name) is set again; the value of line \(earlier.line) is not used")
            }
            settings[parameter] = Setting(value: value, line: line.number)
        }
    }

    mutating func report(_ severity: Diagnostic.Severity, _ line: Int, _ message: String, _ suggestion: String? = nil) {
        diagnostics.append(Diagnostic(severity, file: file, line: line, message, suggestion: suggestion))
    }

    /// The text of a parameter; nil where it is not set.
    func text(_ parameter: LDAPParameter) -> String? { settings[parameter]?.value }

    /// The text of a parameter through `body`, whose error is reported with the line; nil where it is not set or bad.
    mutating func value<Value>(
        _ parameter: LDAPParameter,
        _ body: (String) throws(BadSetting) -> Value
    ) -> Value? {
        guard let setting = settings[parameter] else { return nil }
        do throws(BadSetting) {
            return try body(setting.value)
        } catch {
            report(.error, setting.line, "\(parameter.rawValue): \(error.message)")
            return nil
        }
    }

    mutating func flag(_ parameter: LDAPParameter, default value: Bool) -> Bool {
        self.value(parameter) { (text) throws(BadSetting) in
            // chase_referrals was a number once.
            switch text.lowercased() {
            case "yes", "1": true
            case "no", "0": false
            default: throw BadSetting("\"\(text)\" is neither yes nor no")
            }
        } ?? value
    }

    mutating func number(_ parameter: LDAPParameter, in range: ClosedRange<Int>, default value: Int) -> Int {
        self.value(parameter) { (text) throws(BadSetting) in
            guard let number = Int(text), range.contains(number), text.utf8.first != UInt8(ascii: "+") else {
                throw BadSetting("\"\(text)\" is no number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        } ?? value
    }
}
