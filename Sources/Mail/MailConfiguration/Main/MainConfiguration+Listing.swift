// SPDX-License-Identifier: Apache-2.0

extension MainConfiguration {
    /// One line of a listing of parameters.
    package struct Listed: Equatable, Sendable {
        /// The parameter.
        package let name: String
        /// Its text, unexpanded; ``MainConfiguration/value(named:)`` has it expanded.
        package let value: String
        /// Whether main.cf or an override sets it.
        package let isSet: Bool

        /// The form of main.cf.
        package var line: String { value.isEmpty ? "\(name) =" : "\(name) = \(value)" }
    }

    /// Everything that is set, and the defaults of all other rows, by name.
    package var all: [Listed] {
        let defaults = self.defaults.filter { settings[$0.name] == nil }
        return (defaults + changed).sorted { $0.name < $1.name }
    }

    /// Everything that is set, by name.
    package var changed: [Listed] {
        settings.values.map { Listed(name: $0.name, value: $0.value, isSet: true) }.sorted { $0.name < $1.name }
    }

    /// The defaults of all rows, whether they are in force or not, by name.
    package var defaults: [Listed] {
        rows.values
            .map { Listed(name: $0.name, value: hostDefaults[$0.name] ?? $0.defaultText, isSet: false) }
            .sorted { $0.name < $1.name }
    }

    /// Returns the row of a name: its type, its meaning, the reason of its default.
    package func row(named name: String) -> (any AnyParameter)? { rows[name] }
}
