// SPDX-License-Identifier: Apache-2.0

/// A piece of dovecot.conf as it was written, before variables and defaults.
package enum DovecotNode: Equatable, Sendable {
    case setting(Setting)
    case section(Section)

    /// Where something stands.
    package struct Place: Hashable, Sendable {
        package let file: String
        /// From 1.
        package let line: Int

        package init(file: String, line: Int) {
            self.file = file
            self.line = line
        }
    }

    /// `key = value`.
    package struct Setting: Equatable, Sendable {
        package let key: String
        /// The value without quotes; the path alone for `key = <path`.
        package let value: String
        /// Whether the value is the content of the file that ``value`` names.
        package let isFileContent: Bool
        /// Whether it stood in quotes; then a leading `$` is not special in 2.4.
        package let isQuoted: Bool
        package let place: Place
    }

    /// `kind name { … }`.
    package struct Section: Equatable, Sendable {
        package let kind: String
        /// Nil where the section has no name.
        package let name: String?
        package let children: [DovecotNode]
        package let place: Place
    }

    /// Where it stands.
    package var place: Place {
        switch self {
        case .setting(let setting): setting.place
        case .section(let section): section.place
        }
    }
}
