// SPDX-License-Identifier: Apache-2.0

/// The walk over dovecot.conf that finds names that do not exist, and names that exist but have no effect.
package struct DovecotNameCheck {
    /// What was found.
    package private(set) var diagnostics: [Diagnostic] = []

    package init() {}

    /// Checks the nodes of the top level.
    package mutating func run(_ nodes: [DovecotNode]) { check(nodes, inside: nil) }

    private mutating func check(_ nodes: [DovecotNode], inside kind: String?) {
        for node in nodes {
            switch node {
            case .setting(let setting): check(setting, inside: kind)
            case .section(let section): check(section, inside: kind)
            }
        }
    }

    private mutating func check(_ setting: DovecotNode.Setting, inside kind: String?) {
        guard let local = kind.map(DovecotNames.inside) ?? [] else { return }
        let key = DovecotResolver.key(setting.key, inside: kind)
        if local.contains(key) { return }
        if DovecotNames.root.contains(key) {
            if !DovecotNames.actedOn.contains(key) { reportInert(key, setting.place) }
        } else if DovecotNames.isOfFamily(key) {
            if kind != "passdb", kind != "userdb" { reportInert(key, setting.place) }
        } else {
            let near = NearestName.find(key, in: local) ?? NearestName.find(key, in: DovecotNames.root)
            let context = kind.map { " in a section \($0)" } ?? ""
            report(.warning, setting.place, "\(key) is not a known setting\(context)", near)
        }
    }

    private mutating func check(_ section: DovecotNode.Section, inside kind: String?) {
        if DovecotNames.lists.contains(section.kind), section.name == nil { return }
        guard let allowed = DovecotNames.sections(inside: kind) else { return }
        if allowed.contains(section.kind) {
            if Self.acted.contains(section.kind) {
                check(section.children, inside: section.kind)
            } else {
                report(.info, section.place, "the section \(section.kind) is known, but relais does not act on it")
            }
            return
        }
        // In 2.4 a block may also stand for settings with a common beginning.
        if DovecotNames.isOfFamily(section.kind + "_") { return reportInert(section.kind, section.place) }
        let near = NearestName.find(section.kind, in: allowed)
        let context = kind.map { " in a section \($0)" } ?? ""
        report(.warning, section.place, "\(section.kind) is not a known section\(context)", near)
    }

    private static let acted: Set<String> = [
        "passdb", "userdb", "service", "protocol", "namespace", "mailbox", "unix_listener", "fifo_listener",
        "inet_listener",
    ]

    private mutating func reportInert(_ name: String, _ place: DovecotNode.Place) {
        report(.info, place, "\(name) is known, but relais does not act on it")
    }

    private mutating func report(
        _ severity: Diagnostic.Severity,
        _ place: DovecotNode.Place,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, file: place.file, line: place.line, message, suggestion: suggestion)
        )
    }
}
