// SPDX-License-Identifier: Apache-2.0

/// The assignments of a main.cf, before anything is expanded or checked against the rows.
package struct MainFile: Equatable, Sendable {
    /// `name = value`.
    package struct Assignment: Equatable, Sendable {
        package let name: String
        /// The value, unexpanded, without white space at its ends.
        package let value: String
        /// The line that it starts on.
        package let line: Int
    }

    /// In the order of the file; of several with one name the last one counts.
    package let assignments: [Assignment]
    /// What is wrong with the lines.
    package let diagnostics: [Diagnostic]

    /// Reads a main.cf.
    ///
    /// - Parameters:
    ///   - content: The bytes of the file.
    ///   - file: Its name, for diagnostics.
    package init(_ content: [UInt8], file: String) {
        var assignments: [Assignment] = []
        var diagnostics: [Diagnostic] = []
        var firstLines: [String: Int] = [:]
        let (lines, orphans) = LogicalLines.split(content)
        for line in orphans {
            diagnostics.append(
                Diagnostic(.error, file: file, line: line, "the line starts with white space, but continues nothing")
            )
        }
        for line in lines {
            switch Self.parse(line.text) {
            case .failure(let problem):
                diagnostics.append(
                    Diagnostic(.error, file: file, line: line.number, problem.message, suggestion: problem.suggestion)
                )
            case .success((let name, let written)):
                let value = Self.tidied(written) { message in
                    diagnostics.append(Diagnostic(.warning, file: file, line: line.number, "\(name): \(message)"))
                }
                if let earlier = firstLines[name] {
                    diagnostics.append(
                        Diagnostic(
                            .warning,
                            file: file,
                            line: line.number,
                            "\(name) is set again; the value of line \(earlier) is not used"
                        )
                    )
                }
                firstLines[name] = line.number
                assignments.append(Assignment(name: name, value: value, line: line.number))
            }
        }
        self.assignments = assignments
        self.diagnostics = diagnostics
    }

    /// Splits `name = value`.
    static func parse(_ text: String) -> Result<(name: String, value: String), BadValue> {
        let bytes = Array(text.utf8)
        let equals = UInt8(ascii: "=")
        let name = bytes.prefix { $0 != equals && !ListSyntax.isBlank($0) }
        let rest = bytes[name.endIndex...].drop { ListSyntax.isBlank($0) }
        guard !name.isEmpty else { return .failure(BadValue("there is no name before \"=\"")) }
        guard rest.first == equals else {
            let words = text.split(separator: "=", maxSplits: 1)
            let joined = words.first.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: "_") } ?? ""
            let first = String(decoding: name, as: UTF8.self)
            let value =
                words.count == 2
                ? ListSyntax.trimmed(words[1]) : ListSyntax.trimmed(String(decoding: rest, as: UTF8.self))
            let meant = words.count == 2 ? NearestName.find(joined, in: PostfixNames.all) ?? first : first
            return .failure(BadValue("there is no \"=\" after \"\(first)\"", suggestion: "\(meant) = \(value)"))
        }
        return .success(
            (
                String(decoding: name, as: UTF8.self),
                ListSyntax.trimmed(String(decoding: rest.dropFirst(), as: UTF8.self))
            )
        )
    }

    /// Takes out of a value what a copied example brings along: a comment after it, and the shell's `\$`.
    ///
    /// Postfix would take both as part of the value, which then means nothing; each is reported. Inside braces, where
    /// patterns live, nothing is touched.
    static func tidied(_ value: String, report: (String) -> Void) -> String {
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "\\") }) else { return value }
        let bytes = Array(value.utf8)
        var result: [UInt8] = []
        var depth = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let afterNext = index + 2 < bytes.count ? bytes[index + 2] : 0
            switch byte {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "#") where depth <= 0 && (result.last.map(ListSyntax.isBlank) ?? true):
                report("the text from \"#\" on is taken as a comment; a comment belongs on a line of its own")
                return ListSyntax.trimmed(String(decoding: result, as: UTF8.self))
            case UInt8(ascii: "\\") where depth <= 0 && next == UInt8(ascii: "$") && startsReference(afterNext):
                report("the backslash before \"$\" is left out: it belongs to a shell, not to main.cf")
                index += 1
                continue
            default: break
            }
            result.append(byte)
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func startsReference(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "(")
    }
}
