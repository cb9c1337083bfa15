// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// master.cf: the services and how each is run.
package struct MasterConfiguration: Equatable, Sendable {
    /// The services in the order of the file; a later line with the same name and type replaces the earlier one.
    package let entries: [ServiceEntry]

    /// Reads `master.cf` of a folder; every problem is among the diagnostics.
    package static func load(
        directory: String,
        source: ConfigurationSource = .system
    ) -> (MasterConfiguration, [Diagnostic]) {
        let file = "\(directory)/master.cf"
        do throws(Errno) {
            let parsed = parse(try source.read(file).get(), file: file)
            return (MasterConfiguration(entries: parsed.entries), parsed.diagnostics)
        } catch {
            return (
                MasterConfiguration(entries: []), [Diagnostic(.error, file: file, line: 0, "cannot be read: \(error)")]
            )
        }
    }

    /// Reads the bytes of a master.cf.
    ///
    /// service type private unpriv chroot wakeup maxproc command [arguments]
    package static func parse(
        _ content: [UInt8],
        file: String
    ) -> (entries: [ServiceEntry], diagnostics: [Diagnostic]) {
        var entries: [ServiceEntry] = []
        var diagnostics: [Diagnostic] = []
        let (lines, orphans) = LogicalLines.split(content)
        for line in orphans {
            diagnostics.append(
                Diagnostic(.error, file: file, line: line, "the line starts with white space, but continues nothing")
            )
        }
        for line in lines {
            var parser = ServiceEntryParser(line: line, file: file)
            let entry = parser.parse()
            diagnostics += parser.diagnostics
            guard let entry else { continue }
            if let earlier = entries.firstIndex(where: { $0.name == entry.name && $0.kind == entry.kind }) {
                diagnostics.append(
                    Diagnostic(
                        .warning,
                        file: file,
                        line: line.number,
                        "\(entry.name)/\(entry.kind.rawValue) is defined again; line \(entries[earlier].line) is not used"
                    )
                )
                entries[earlier] = entry
            } else {
                entries.append(entry)
            }
        }
        return (entries, diagnostics.sorted { $0.line < $1.line })
    }
}
