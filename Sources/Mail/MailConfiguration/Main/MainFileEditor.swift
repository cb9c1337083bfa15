// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// Changes to a main.cf that leave everything else of it as it is, to the byte.
package struct MainFileEditor {
    /// One change.
    package enum Edit: Equatable, Sendable {
        /// Sets a parameter.
        case set(name: String, value: String)
        /// Takes a parameter out of the file.
        case remove(name: String)

        /// Reads `name=value` or `name = value`.
        ///
        /// - Throws: What is missing, or that the text has more than one line.
        package init(_ text: String) throws(BadValue) {
            guard !text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
                throw BadValue("a value cannot have several lines")
            }
            let (name, value) = try MainFile.parse(ListSyntax.trimmed(text)).get()
            guard !name.hasPrefix("#") else { throw BadValue("a name cannot begin with \"#\"") }
            self = .set(name: name, value: value)
        }

        /// The parameter that changes.
        package var name: String {
            switch self {
            case .set(let name, _), .remove(let name): name
            }
        }
    }

    /// Returns the file with changes made.
    ///
    /// A parameter takes the place of its first line in the file; further lines of it go. A new one comes to the end.
    package static func apply(_ edits: [Edit], to content: [UInt8]) -> [UInt8] {
        var physical: [ArraySlice<UInt8>?] = content.split(separator: 0x0A, omittingEmptySubsequences: false)
        if physical.last??.isEmpty ?? false { physical.removeLast() }
        let logical = LogicalLines.split(content).lines
        for (index, edit) in edits.enumerated() {
            // Of several changes of one parameter the last one counts.
            if edits[(index + 1)...].contains(where: { $0.name == edit.name }) { continue }
            var text: String?
            if case .set(let name, let value) = edit { text = value.isEmpty ? "\(name) =" : "\(name) = \(value)" }
            for line in logical {
                guard case .success((let name, _)) = MainFile.parse(line.text), name == edit.name else { continue }
                for number in line.numbers where physical.indices.contains(number - 1) { physical[number - 1] = nil }
                guard let written = text, physical.indices.contains(line.number - 1) else { continue }
                physical[line.number - 1] = Array(written.utf8)[...]
                text = nil
            }
            if let text { physical.append(Array(text.utf8)[...]) }
        }
        return Array(physical.compactMap { $0 }.map { $0 + [0x0A] }.joined())
    }

    /// Changes `main.cf` of a folder in one step, see ``ConfigurationFile/replace(_:with:)``.
    ///
    /// - Throws: What reading or writing said; the file is untouched then.
    package static func apply(_ edits: [Edit], toMainFileIn directory: String) throws(Errno) {
        let file = "\(directory)/main.cf"
        try ConfigurationFile.replace(file, with: apply(edits, to: try ConfigurationFile.read(file)))
    }
}
