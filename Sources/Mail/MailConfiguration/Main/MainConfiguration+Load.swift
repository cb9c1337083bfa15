// SPDX-License-Identifier: Apache-2.0

import SystemPackage

extension MainConfiguration {
    /// Reads `main.cf` of a folder; every problem is among the diagnostics, none is thrown.
    ///
    /// - Parameters:
    ///   - directory: The folder of main.cf.
    ///   - overrides: The `-o name=value` of the service in master.cf; they go before main.cf.
    ///   - hostFacts: The host that defaults depend on.
    ///   - services: The services of master.cf, whose names make `<transport>_…` parameters; nil reads the file itself
    ///     where a name asks for it.
    ///   - rows: What relais acts on.
    ///   - source: Where the files come from.
    /// - Returns: The configuration, complete with defaults even where there were errors, and what is to be said.
    package static func load(
        directory: String,
        overrides: [(String, String)] = [],
        hostFacts: HostFacts,
        services: [ServiceEntry]? = nil,
        rows: [any AnyParameter] = ParameterRows.all,
        source: ConfigurationSource = .system
    ) -> (MainConfiguration, [Diagnostic]) {
        let file = "\(directory)/main.cf"
        do throws(Errno) {
            let content = try source.read(file).get()
            return parse(
                content,
                file: file,
                directory: directory,
                overrides: overrides,
                hostFacts: hostFacts,
                services: services,
                rows: rows,
                source: source
            )
        } catch {
            let (configuration, diagnostics) = parse(
                [],
                file: file,
                directory: directory,
                overrides: overrides,
                hostFacts: hostFacts,
                services: services,
                rows: rows,
                source: source
            )
            return (configuration, [Diagnostic(.error, file: file, line: 0, "cannot be read: \(error)")] + diagnostics)
        }
    }

    /// Makes a configuration of the bytes of a main.cf, as ``load(directory:overrides:hostFacts:services:rows:)`` does.
    ///
    /// Where `overridePlace` tells the place of the overrides, their names are checked too.
    package static func parse(
        _ content: [UInt8],
        file: String,
        directory: String,
        overrides: [(String, String)] = [],
        overridePlace: (file: String, line: Int)? = nil,
        hostFacts: HostFacts,
        services: [ServiceEntry]? = nil,
        rows: [any AnyParameter] = ParameterRows.all,
        source: ConfigurationSource = .system
    ) -> (MainConfiguration, [Diagnostic]) {
        let parsed = MainFile(content, file: file)
        var settings: [String: Setting] = [:]
        for assignment in parsed.assignments {
            settings[assignment.name] = Setting(
                name: assignment.name,
                value: assignment.value,
                file: file,
                line: assignment.line
            )
        }
        for (name, value) in overrides {
            settings[name] = Setting(
                name: name,
                value: value,
                file: overridePlace?.file ?? "\(directory)/master.cf",
                line: overridePlace?.line ?? 0
            )
        }
        var configuration = MainConfiguration(
            directory: directory,
            settings: settings,
            hostFacts: hostFacts,
            rows: rows
        )
        var check = MainConfigurationCheck(file: file, services: services, source: source)
        check.run(&configuration)
        let diagnostics = (parsed.diagnostics + check.diagnostics).enumerated().sorted {
            ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset)
        }
        return (configuration, diagnostics.map(\.element))
    }
}
