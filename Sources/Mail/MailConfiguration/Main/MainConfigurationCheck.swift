// SPDX-License-Identifier: Apache-2.0

/// The walk over a main.cf that expands every value and finds every problem.
struct MainConfigurationCheck {
    private let file: String
    private let services: [ServiceEntry]?
    private let source: ConfigurationSource
    private(set) var diagnostics: [Diagnostic] = []
    private var referenced: Set<String> = []

    init(file: String, services: [ServiceEntry]?, source: ConfigurationSource) {
        self.file = file
        self.services = services
        self.source = source
    }

    /// Expands what is set and every default, keeps the results, and collects diagnostics.
    mutating func run(_ configuration: inout MainConfiguration) {
        for setting in configuration.settings.values.sorted(by: { $0.line < $1.line }) {
            let row = Self.row(for: setting.name, in: configuration)
            guard row?.isTemplate != true else {
                noteReferences(of: setting.value)
                configuration.keepExpanded(setting.value, of: setting.name)
                continue
            }
            guard let value = expand(setting.value, of: setting.name, at: setting, configuration) else { continue }
            let final = setting.name == "myorigin" ? origin(value, at: setting) : value
            configuration.keepExpanded(final, of: setting.name)
            if let problem = row?.problem(with: final) {
                report(.error, setting, "\(setting.name): \(problem.message)", problem.suggestion)
            }
        }
        for row in configuration.rows.values where configuration.settings[row.name] == nil && !row.isTemplate {
            let text = configuration.hostDefaults[row.name] ?? row.defaultText
            guard text.utf8.contains(UInt8(ascii: "$")) else {
                configuration.keepExpanded(text, of: row.name)
                continue
            }
            guard let value = configuration.expand(text) else { continue }
            configuration.keepExpanded(value, of: row.name)
        }
        checkNames(configuration)
    }

    private static func row(for name: String, in configuration: MainConfiguration) -> (any AnyParameter)? {
        if let row = configuration.rows[name] { return row }
        guard !PostfixNames.all.contains(name), let (_, suffix) = TransportParameters.split(name) else { return nil }
        return TransportParameters.rows[suffix]
    }

    private mutating func expand(
        _ text: String,
        of name: String,
        at setting: MainConfiguration.Setting,
        _ configuration: MainConfiguration
    ) -> String? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var expansion = Expansion { configuration.unexpanded($0) }
        defer { referenced.formUnion(expansion.referenced) }
        do throws(Expansion.Failure) {
            let value = try expansion.expand(text, of: name)
            for undefined in expansion.undefined where !PostfixNames.all.contains(undefined) {
                let near = NearestName.find(undefined, in: Self.names(configuration))
                report(.warning, setting, "\(name) refers to $\(undefined), which is not set", near.map { "$\($0)" })
            }
            return value
        } catch {
            report(.error, setting, "\(name): \(error)")
            return nil
        }
    }

    /// Debian's reading of `myorigin = /etc/mailname`: the first line of the file.
    private mutating func origin(_ value: String, at setting: MainConfiguration.Setting) -> String {
        guard value.hasPrefix("/") else { return value }
        guard let content = try? source.read(value).get() else {
            report(.error, setting, "myorigin: \(value) cannot be read")
            return value
        }
        let line = ListSyntax.trimmed(String(decoding: content.prefix { $0 != 0x0A }, as: UTF8.self))
        if line.isEmpty { report(.error, setting, "myorigin: \(value) has no first line") }
        return line
    }

    private mutating func noteReferences(of template: String) {
        var expansion = Expansion { _ in "" }
        _ = try? expansion.expand(template)
        referenced.formUnion(expansion.referenced)
    }

    private mutating func checkNames(_ configuration: MainConfiguration) {
        let classes = configuration.value(named: "smtpd_restriction_classes").map(ListSyntax.split) ?? []
        var readServices: [ServiceEntry]?
        for setting in configuration.settings.values.sorted(by: { $0.line < $1.line }) where setting.line > 0 {
            let name = setting.name
            if configuration.rows[name] != nil && ParameterRows.inert.contains(name) {
                let isWrong = diagnostics.contains { $0.line == setting.line && $0.severity == .error }
                if !isWrong { report(.info, setting, "\(name) is known, but relais does not act on it") }
                continue
            }
            if configuration.rows[name] != nil || referenced.contains(name) || classes.contains(name) { continue }
            if PostfixNames.all.contains(name) {
                report(.info, setting, "\(name) is known, but relais does not act on it")
                continue
            }
            if readServices == nil { readServices = services ?? services(of: configuration.directory) }
            let known = readServices ?? []
            if known.contains(where: { $0.references(name) }) || isTableParameter(name, configuration) { continue }
            if let (transport, suffix) = TransportParameters.split(name) {
                if transport.isEmpty || known.contains(where: { $0.name == transport }) {
                    if TransportParameters.inert.contains(suffix) {
                        report(.info, setting, "\(name) is known, but relais does not act on it")
                    }
                    continue
                }
                let near = NearestName.find(transport, in: known.map(\.name)).map { "\($0)_\(suffix)" }
                report(.warning, setting, "\(name): master.cf has no service \"\(transport)\"", near)
                continue
            }
            let near = NearestName.find(name, in: Self.names(configuration))
            report(.warning, setting, "\(name) is not a known parameter", near)
        }
    }

    /// Whether a name belongs to a table that is configured in main.cf: `ldap:people` has `people_server_host`.
    private func isTableParameter(_ name: String, _ configuration: MainConfiguration) -> Bool {
        for setting in configuration.settings.values {
            for table in ListSyntax.split(setting.value) {
                for type in ["ldap:", "mysql:", "pgsql:", "sqlite:", "memcache:"] {
                    guard let found = table.range(of: type) else { continue }
                    let source = table[found...].dropFirst(type.utf8.count)
                    if !source.isEmpty, source.first != "/", name.hasPrefix("\(source)_") { return true }
                }
            }
        }
        return false
    }

    private func services(of directory: String) -> [ServiceEntry] {
        let file = "\(directory)/master.cf"
        guard let content = try? source.read(file).get() else { return [] }
        return MasterConfiguration.parse(content, file: file).entries
    }

    private static func names(_ configuration: MainConfiguration) -> Set<String> {
        PostfixNames.all.union(configuration.rows.keys)
    }

    private mutating func report(
        _ severity: Diagnostic.Severity,
        _ setting: MainConfiguration.Setting,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, file: setting.file, line: setting.line, message, suggestion: suggestion)
        )
    }
}

extension String {
    /// The index at which a text begins in this one, nil where it does not occur.
    fileprivate func range(of text: String) -> String.Index? {
        let pattern = Array(text.utf8)
        var rest = utf8[...]
        while rest.count >= pattern.count {
            if rest.starts(with: pattern) { return rest.startIndex }
            rest.removeFirst()
        }
        return nil
    }
}
