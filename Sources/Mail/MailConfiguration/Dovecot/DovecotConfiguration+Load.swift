// SPDX-License-Identifier: Apache-2.0

extension DovecotConfiguration {
    /// Reads a dovecot.conf and all that it includes; every problem is among the diagnostics.
    ///
    /// - Parameters:
    ///   - file: The path of dovecot.conf.
    ///   - source: How files are found and read.
    ///   - environment: What `$ENV:NAME` refers to.
    /// - Returns: The configuration, complete with defaults even where there were errors, and what is to be said.
    package static func load(
        file: String,
        source: DovecotParser.Source = .system,
        environment: [String: String] = [:]
    ) -> (DovecotConfiguration, [Diagnostic]) {
        var parser = DovecotParser(source: source)
        let nodes = parser.parse(file: file)
        let (configuration, diagnostics) = make(nodes, environment: environment)
        return (configuration, (parser.diagnostics + diagnostics).inOrder)
    }

    /// Makes a configuration of the bytes of a dovecot.conf; ``load(file:source:environment:)``.
    package static func parse(
        _ content: [UInt8],
        file: String,
        source: DovecotParser.Source = .system,
        environment: [String: String] = [:]
    ) -> (DovecotConfiguration, [Diagnostic]) {
        var parser = DovecotParser(source: source)
        let nodes = parser.parse(content, file: file)
        let (configuration, diagnostics) = make(nodes, environment: environment)
        return (configuration, (parser.diagnostics + diagnostics).inOrder)
    }

    private static func make(
        _ nodes: [DovecotNode],
        environment: [String: String]
    ) -> (DovecotConfiguration, [Diagnostic]) {
        var names = DovecotNameCheck()
        names.run(nodes)
        var resolver = DovecotResolver(environment: environment)
        var scope = DovecotScope()
        resolver.apply(DovecotDefaults.nodes, to: &scope)
        resolver.apply(nodes, to: &scope)
        var diagnostics = names.diagnostics + resolver.diagnostics
        let configuration = DovecotConfiguration(scope, &diagnostics)
        for section in scope.sections("protocol") {
            var inner: [Diagnostic] = []
            var overlaid = scope
            overlaid.overlay(section.scope)
            _ = DovecotConfiguration(overlaid, &inner)
            for diagnostic in inner where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
        return (configuration, diagnostics)
    }
}
