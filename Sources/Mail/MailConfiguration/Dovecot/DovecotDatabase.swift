// SPDX-License-Identifier: Apache-2.0

/// A `passdb` or `userdb` section: one link of the chain that a log-in walks.
package struct DovecotDatabase: Equatable, Sendable {
    /// A field with its value, in which variables are not expanded yet.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What a result means for the rest of the chain.
    package enum Outcome: String, CaseIterable, Sendable {
        case returnOK = "return-ok"
        case returned = "return"
        case returnFail = "return-fail"
        case continued = "continue"
        case continueOK = "continue-ok"
        case continueFail = "continue-fail"
    }

    /// When the section is passed over.
    package enum Skip: String, CaseIterable, Sendable {
        case never
        case authenticated
        case unauthenticated
    }

    /// The section's name; nil for a nameless one of 2.3.
    package let name: String?
    /// One of ``drivers``.
    package let driver: String
    /// `args` of 2.3 as written.
    package let arguments: String
    /// Fields that hold where the database gives none.
    package let defaultFields: [Field]
    /// Fields that hold whatever the database gives.
    package let overrideFields: [Field]
    /// The fields of driver `static`.
    package let staticFields: [Field]
    /// The file of driver `passwd-file`, in which variables are not expanded yet.
    package let passwdFile: String?
    /// The scheme of passwords that name none.
    package let defaultPasswordScheme: String?
    /// How the name is written for the look-up, instead of `auth_username_format`.
    package let usernameFormat: String?
    /// Whether a match refuses the log-in.
    package let isDeny: Bool
    /// Whether this database holds master users.
    package let isMaster: Bool
    /// The mechanisms that this database serves; empty means all.
    package let mechanisms: [String]
    package let skip: Skip
    package let resultSuccess: Outcome
    package let resultFailure: Outcome
    package let resultInternalFailure: Outcome
    package let place: DovecotNode.Place

    /// Reads a section.
    ///
    /// - Parameters:
    ///   - section: A `passdb` or a `userdb`.
    ///   - diagnostics: Gets what is wrong with it.
    init(_ section: DovecotScope.Section, _ diagnostics: inout [Diagnostic]) {
        var reader = DovecotReader(section.scope)
        let driver = reader.text("driver") ?? section.name ?? ""
        if driver.isEmpty {
            reader.report(.error, section.place, "the section \(section.kind) has no driver", "driver = passwd-file")
        } else if !Self.drivers.contains(driver) {
            let near = NearestName.find(driver, in: Self.drivers)
            let place = section.scope.values["driver"]?.place ?? section.place
            reader.report(.error, place, "\(section.kind): \"\(driver)\" is not a known driver", near)
        }
        let arguments = section.scope.text("args") ?? ""
        let parsed = Self.parse(arguments, takesPath: driver == "passwd-file")
        let newFields = Self.fields(of: section.scope, kind: section.kind)
        name = section.name
        self.driver = driver
        self.arguments = arguments
        let all = Self.fields(arguments)
        staticFields = driver == "static" ? all + newFields.override : []
        defaultFields = Self.fields(section.scope.text("default_fields") ?? "") + newFields.default
        overrideFields =
            Self.fields(section.scope.text("override_fields") ?? "") + (driver == "static" ? [] : newFields.override)
        passwdFile = reader.text("passwd_file_path") ?? (driver == "passwd-file" ? parsed.path : nil)
        defaultPasswordScheme = reader.text("default_password_scheme") ?? parsed.options["scheme"]
        usernameFormat = reader.text("username_format") ?? parsed.options["username_format"]
        if driver == "passwd-file", passwdFile == nil {
            reader.report(.error, section.place, "\(section.kind): driver passwd-file names no file")
        }
        isDeny = reader.boolean("deny", default: false)
        isMaster = reader.boolean("master", default: false)
        mechanisms = reader.list("mechanisms")
        skip = reader.choice("skip", default: .never)
        resultSuccess = reader.choice("result_success", default: .returnOK)
        resultFailure = reader.choice("result_failure", default: .continued)
        resultInternalFailure = reader.choice("result_internalfail", default: .continued)
        place = section.place
        diagnostics += reader.diagnostics
    }

    /// The drivers that Dovecot has.
    package static let drivers: Set<String> = [
        "passwd-file", "passwd", "static", "pam", "shadow", "ldap", "sql", "prefetch", "oauth2", "lua", "imap", "dict",
        "bsdauth", "checkpassword", "nss",
    ]

    /// Splits `uid=vmail gid=vmail home=/home/%u`; `field` alone has an empty value.
    static func fields(_ text: String) -> [Field] {
        text.split(whereSeparator: \.isWhitespace).map { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Field(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
        }
    }

    /// The `fields { … }` of 2.4: `name:default` gives a default field.
    private static func fields(of scope: DovecotScope, kind: String) -> (default: [Field], override: [Field]) {
        var result: (default: [Field], override: [Field]) = ([], [])
        for section in scope.sections where section.kind == "fields" || section.kind == "\(kind)_fields" {
            for (key, value) in section.scope.values.sorted(by: { $0.key < $1.key }) {
                if key.hasSuffix(":default") {
                    result.default.append(Field(name: String(key.dropLast(8)), value: value.text))
                } else {
                    result.override.append(Field(name: key, value: value.text))
                }
            }
        }
        return result
    }

    /// The `args` of passwd-file: options, then the path.
    private static func parse(_ arguments: String, takesPath: Bool) -> (options: [String: String], path: String?) {
        var options: [String: String] = [:]
        var words = arguments.split(separator: " ")[...]
        while let word = words.first, !takesPath || !word.hasPrefix("/") {
            guard let equals = word.firstIndex(of: "=") else { break }
            options[String(word[..<equals])] = String(word[word.index(after: equals)...])
            words.removeFirst()
        }
        return (options, takesPath && !words.isEmpty ? words.joined(separator: " ") : nil)
    }
}
