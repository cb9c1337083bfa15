// SPDX-License-Identifier: Apache-2.0

/// The step from what dovecot.conf says, line by line, to what holds in the end.
///
/// Later settings replace earlier ones, sections of the same name continue each other, `$name`, `$SET:name` and
/// `$ENV:NAME` are replaced by what is set so far.
package struct DovecotResolver {
    private let environment: [String: String]
    /// What cannot be resolved.
    package private(set) var diagnostics: [Diagnostic] = []

    /// Makes a resolver.
    ///
    /// - Parameter environment: What `$ENV:NAME` refers to.
    package init(environment: [String: String] = [:]) { self.environment = environment }

    /// Applies nodes in their order on top of a scope.
    package mutating func apply(_ nodes: [DovecotNode], to scope: inout DovecotScope) {
        apply(nodes, to: &scope, kind: nil, outer: [])
    }

    private mutating func apply(
        _ nodes: [DovecotNode],
        to scope: inout DovecotScope,
        kind: String?,
        outer: [DovecotScope]
    ) {
        for node in nodes {
            switch node {
            case .setting(let setting):
                let key = Self.key(setting.key, inside: kind)
                scope.values[key] = DovecotScope.Value(
                    text: expand(setting, scope: scope, outer: outer),
                    isFileContent: setting.isFileContent,
                    place: setting.place
                )
            case .section(let section) where section.name == nil && DovecotNames.lists.contains(section.kind):
                applyList(section, to: &scope, inside: kind)
            case .section(let section):
                var inner = DovecotScope()
                let index = scope.index(of: section.kind, section.name)
                if let index { inner = scope.sections[index].scope }
                apply(section.children, to: &inner, kind: section.kind, outer: outer + [scope])
                if let index {
                    scope.sections[index].scope = inner
                } else {
                    scope.sections.append(
                        DovecotScope.Section(
                            kind: section.kind,
                            name: section.name,
                            scope: inner,
                            place: section.place
                        )
                    )
                }
            }
        }
    }

    /// The list syntax of 2.4: `mail_plugins { sieve = yes }` adds to what is there, `= no` takes away.
    private func applyList(_ section: DovecotNode.Section, to scope: inout DovecotScope, inside kind: String?) {
        let key = Self.key(section.kind, inside: kind)
        var elements = scope.text(key).map(ListSyntax.split) ?? []
        for case .setting(let setting) in section.children {
            switch setting.value.lowercased() {
            case "yes": if !elements.contains(setting.key) { elements.append(setting.key) }
            case "no": elements.removeAll { $0 == setting.key }
            default: elements.append("\(setting.key)=\(setting.value)")
            }
        }
        scope.values[key] = DovecotScope.Value(
            text: elements.joined(separator: " "),
            isFileContent: false,
            place: section.place
        )
    }

    /// Returns the short form of a name that 2.4 also writes in full: `passdb_driver` in `passdb`.
    static func key(_ key: String, inside kind: String?) -> String {
        guard let kind, key.hasPrefix("\(kind)_"), let known = DovecotNames.inside(kind) else { return key }
        let short = String(key.dropFirst(kind.count + 1))
        return known.contains(short) ? short : key
    }

    /// Replaces references: `$name` at the start of a word, unless the value stood in quotes.
    private mutating func expand(
        _ setting: DovecotNode.Setting,
        scope: DovecotScope,
        outer: [DovecotScope]
    ) -> String {
        guard !setting.isQuoted, setting.value.utf8.contains(UInt8(ascii: "$")) else { return setting.value }
        let words = setting.value.split(separator: " ", omittingEmptySubsequences: false)
        let replaced = words.map { word -> String in
            guard word.hasPrefix("$"), word.count > 1 else { return String(word) }
            var name = String(word.dropFirst())
            if name.hasPrefix("ENV:") { return environment[String(name.dropFirst(4))] ?? "" }
            if name.hasPrefix("SET:") { name = String(name.dropFirst(4)) }
            let isName = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
            guard isName else { return String(word) }
            if let value = scope.text(name) ?? outer.reversed().lazy.compactMap({ $0.text(name) }).first {
                return value
            }
            if DovecotNames.root.contains(name) || DovecotNames.isOfFamily(name) { return "" }
            diagnostics.append(
                Diagnostic(
                    .warning,
                    file: setting.place.file,
                    line: setting.place.line,
                    "\(setting.key) refers to $\(name), which is not a known setting",
                    suggestion: NearestName.find(name, in: DovecotNames.root).map { "$\($0)" }
                )
            )
            return ""
        }
        return ListSyntax.trimmed(replaced.joined(separator: " "))
    }
}
