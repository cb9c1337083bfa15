// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import Synchronization

/// The lists of `smtpd_restriction_classes`, by name: a class may be named before it is made.
final class RestrictionClasses: Sendable {
    private let lists = Mutex<[String: [RestrictionStep]]>([:])

    func set(_ name: String, _ steps: [RestrictionStep]) {
        lists.withLock { $0[name] = steps }
    }

    func list(_ name: String) -> [RestrictionStep] { lists.withLock { $0[name] ?? [] } }
}

/// A class in a list: its own list decides.
struct RestrictionClass: Restriction {
    let name: String
    let classes: RestrictionClasses

    func judge(_ context: AccessContext) async -> AccessVerdict { .list(classes.list(name)) }
}

/// Makes restrictions of the result of a table.
///
/// A result may name classes and restrictions without tables; for one with a table there are classes, whose tables
/// are open before smtpd gives its rights away (RESTRICTION_CLASS_README).
struct ResultCompiler: Sendable {
    let settings: AccessSettings
    let syntax: RestrictionSyntax
    let classes: RestrictionClasses

    func steps(_ words: [String]) throws(RestrictionError) -> [RestrictionStep] {
        let (items, remarks) = syntax.read(words)
        if let problem = remarks.first(where: { $0.severity == .error }) {
            throw RestrictionError(problem.message, suggestion: problem.suggestion)
        }
        var steps: [RestrictionStep] = []
        for item in items {
            switch item {
            case .row(let row, _, let onlyWarns):
                guard case .simple(let make) = row.maker else {
                    throw RestrictionError("\(row.name) needs tables: name a restriction class in its place")
                }
                steps.append(RestrictionStep(make(settings), onlyWarns: onlyWarns))
            case .list(let name, let onlyWarns):
                steps.append(RestrictionStep(RestrictionClass(name: name, classes: classes), onlyWarns: onlyWarns))
            case .table(let specification, _):
                throw RestrictionError("\(specification): name a restriction class in its place")
            }
        }
        return steps
    }
}
