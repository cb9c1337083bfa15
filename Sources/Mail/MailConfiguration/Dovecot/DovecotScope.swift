// SPDX-License-Identifier: Apache-2.0

/// The settings of one level of dovecot.conf after later ones have replaced earlier ones.
package struct DovecotScope: Equatable, Sendable {
    /// A value with its place.
    package struct Value: Equatable, Sendable {
        /// The text with `$name` replaced; the path alone where ``isFileContent``.
        package let text: String
        /// Whether the value is the content of the file that ``text`` names (`key = <path`).
        package let isFileContent: Bool
        package let place: DovecotNode.Place
    }

    /// A section with what stands in it.
    package struct Section: Equatable, Sendable {
        package let kind: String
        package let name: String?
        package var scope: DovecotScope
        /// Where it stands first.
        package let place: DovecotNode.Place
    }

    /// By name.
    package var values: [String: Value] = [:]
    /// In the order of the file; sections of the same kind and name are one.
    package var sections: [Section] = []

    package init() {}

    /// Returns the text of a setting, nil where it is not set.
    package func text(_ name: String) -> String? { values[name]?.text }

    /// Returns the sections of a kind.
    package func sections(_ kind: String) -> [Section] { sections.filter { $0.kind == kind } }

    /// Lays another scope over this one.
    package mutating func overlay(_ other: DovecotScope) {
        values.merge(other.values) { _, new in new }
        for section in other.sections {
            if let index = index(of: section.kind, section.name) {
                sections[index].scope.overlay(section.scope)
            } else {
                sections.append(section)
            }
        }
    }

    /// The section that one of this kind and name continues; unnamed databases and namespaces never continue another.
    func index(of kind: String, _ name: String?) -> Int? {
        if name == nil, ["passdb", "userdb", "namespace"].contains(kind) { return nil }
        return sections.firstIndex { $0.kind == kind && $0.name == name }
    }
}
