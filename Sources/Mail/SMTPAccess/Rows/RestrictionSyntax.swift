// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration

/// Reads the words of a restriction list; what the words mean together stands in the rows.
package struct RestrictionSyntax: Sendable {
    /// One restriction of a list, as it was written.
    package enum Item: Sendable {
        case row(RestrictionRow, argument: String, onlyWarns: Bool)
        /// A class of `smtpd_restriction_classes`.
        case list(String, onlyWarns: Bool)
        /// A table without a word in front of it: the list's own subject is looked up.
        case table(String, onlyWarns: Bool)
    }

    /// What is to be said about a word.
    package struct Remark: Equatable, Sendable {
        package let severity: Diagnostic.Severity
        package let message: String
        package let suggestion: String?
    }

    /// `smtpd_restriction_classes`.
    package let classes: [String]
    /// `relais_ignore_restrictions`, in lower case.
    package let ignored: Set<String>

    package init(_ main: MainConfiguration) {
        classes = main[SMTPServerParameters.restrictionClasses]
        ignored = Set(main[SMTPServerParameters.ignoredRestrictions].map { $0.lowercased() })
    }

    /// Reads a list: what can be used, and what is to be said; an error means that the list must not be used.
    ///
    /// A name that is known and not built is passed over where that only permits less, or where the administrator has
    /// asked for it; otherwise what the restriction should have refused would be let in.
    package func read(_ words: [String]) -> (items: [Item], remarks: [Remark]) {
        var items: [Item] = []
        var remarks: [Remark] = []
        var rest = words[...]
        var onlyWarns = false
        while let word = rest.popFirst() {
            if word.lowercased() == RestrictionRows.warnIfReject {
                onlyWarns = true
                if rest.isEmpty { remarks.append(error("nothing follows \(word)")) }
                continue
            }
            defer { onlyWarns = false }
            if let row = RestrictionRows.row(named: word) {
                guard let argument = takeArgument(of: row, &rest) else {
                    let kind = row.argument == .table ? "a table, \"type:name\"," : "a word"
                    remarks.append(error("\(word) needs \(kind) behind it"))
                    continue
                }
                guard row.isBuilt else {
                    remarks.append(remark(on: word, row))
                    continue
                }
                items.append(.row(row, argument: argument, onlyWarns: onlyWarns))
            } else if classes.contains(word) {
                items.append(.list(word, onlyWarns: onlyWarns))
            } else if Self.isTable(word) {
                items.append(.table(word, onlyWarns: onlyWarns))
            } else {
                let near = NearestName.find(word, in: RestrictionRows.names + classes)
                remarks.append(error("unknown restriction \"\(word)\"", near))
            }
        }
        return (items, remarks)
    }

    private func takeArgument(of row: RestrictionRow, _ rest: inout ArraySlice<String>) -> String? {
        switch row.argument {
        case .none: return ""
        case .word, .table:
            guard let next = rest.first, row.argument == .word || Self.isTable(next) else { return nil }
            return rest.popFirst()
        }
    }

    private func remark(on word: String, _ row: RestrictionRow) -> Remark {
        let isIgnored = row.names.contains { ignored.contains($0) }
        if row.onlyPermits || isIgnored {
            return Remark(
                severity: .warning,
                message: "\(word) is known, but relais does not have it; it is passed over",
                suggestion: nil
            )
        }
        return error(
            "\(word) is known, but relais does not have it: remove it, or name it in \(SMTPServerParameters.ignoredRestrictions.name) to do without"
        )
    }

    private func error(_ message: String, _ suggestion: String? = nil) -> Remark {
        Remark(severity: .error, message: message, suggestion: suggestion)
    }

    private static func isTable(_ word: String) -> Bool {
        guard let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return colon > word.startIndex && word.utf8.index(after: colon) < word.endIndex
    }
}
