// SPDX-License-Identifier: Apache-2.0

/// main.cf as one daemon sees it: read once, immutable, passed down.
///
/// Typed values come from rows: `configuration[SMTPServerParameters.recipientLimit]`.
package struct MainConfiguration: Sendable {
    /// The folder that holds main.cf, master.cf and what they name.
    package let directory: String
    /// What is set, by name: main.cf under the `-o` overrides of master.cf.
    package let settings: [String: Setting]
    /// The defaults that depend on the host, as main.cf text.
    let hostDefaults: [String: String]
    /// The rows by name.
    let rows: [String: any AnyParameter]
    /// Expanded values: everything that is set, and the default of every row that refers to something.
    private var expanded: [String: String] = [:]

    /// One value that was set.
    package struct Setting: Equatable, Sendable {
        /// The parameter.
        package let name: String
        /// The text as it was written, unexpanded.
        package let value: String
        /// Where: a path.
        package let file: String
        /// The line in the file; 0 for an override.
        package let line: Int
    }

    init(directory: String, settings: [String: Setting], hostFacts: HostFacts, rows: [any AnyParameter]) {
        self.directory = directory
        self.settings = settings
        self.rows = Dictionary(rows.map { ($0.name, $0) }) { first, _ in first }
        self.hostDefaults = Self.hostDefaults(settings: settings, rows: self.rows, facts: hostFacts, directory)
    }

    /// Reads a typed value.
    ///
    /// A value that is set but is none of the row's type was reported as an error when the file was read; what is read
    /// here then is the default.
    package subscript<Value>(_ parameter: Parameter<Value>) -> Value {
        if let text = text(of: parameter.name, default: parameter.defaultText, isTemplate: parameter.isTemplate),
            let value = try? parameter.type.read(text)
        {
            return value
        }
        if let text = expand(hostDefaults[parameter.name] ?? parameter.defaultText),
            let value = try? parameter.type.read(text)
        {
            return value
        }
        return parameter.type.placeholder
    }

    /// Reads a transport's own value, or what holds for all transports.
    package subscript<Value>(_ parameter: TransportParameter<Value>, of transport: String) -> Value {
        let name = parameter.name(for: transport)
        let isSet = settings[name] != nil || rows[name] != nil
        guard isSet, let text = value(named: name), let value = try? parameter.fallback.type.read(text) else {
            return self[parameter.fallback]
        }
        return value
    }

    /// Returns the expanded value of any name: set, a row's default, or a transport's; nil for everything else.
    ///
    /// A template is returned as it stands.
    package func value(named name: String) -> String? {
        if let value = text(of: name, default: nil, isTemplate: rows[name]?.isTemplate ?? false) { return value }
        guard let (_, suffix) = TransportParameters.split(name), let row = TransportParameters.rows[suffix] else {
            return nil
        }
        return value(named: row.name)
    }

    /// Returns a text from outside of main.cf with its `$name` expanded, nil where that fails.
    ///
    /// - Parameters:
    ///   - text: What is expanded.
    ///   - extra: Names that only the moment knows; they go before main.cf.
    /// - Returns: The expanded text.
    package func expand(_ text: String, with extra: [String: String] = [:]) -> String? {
        var expansion = Expansion { extra[$0] ?? self.unexpanded($0) }
        return try? expansion.expand(text)
    }

    /// Whether a parameter is set, and not merely at its default.
    package func isSet(_ parameter: some AnyParameter) -> Bool { settings[parameter.name] != nil }

    /// Returns the text before expansion: set, or the default.
    package func unexpanded(_ name: String) -> String? {
        settings[name]?.value ?? hostDefaults[name] ?? rows[name]?.defaultText ?? PostfixNames.implied[name]
    }

    mutating func keepExpanded(_ value: String, of name: String) { expanded[name] = value }

    private func text(of name: String, default defaultText: String?, isTemplate: Bool) -> String? {
        if let value = expanded[name] { return value }
        guard let text = unexpanded(name) ?? defaultText else { return nil }
        return isTemplate ? text : expand(text)
    }
}
