// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailConfiguration
internal import MailRouting

/// Makes the restrictions of all lists, and opens their tables, each once.
package struct RestrictionCompiler {
    /// The lists of main.cf, with what each is about.
    static let parameters: [(parameter: Parameter<[String]>, subject: AccessSubject)] = [
        (SMTPServerParameters.clientRestrictions, .client), (SMTPServerParameters.heloRestrictions, .helo),
        (SMTPServerParameters.senderRestrictions, .sender), (SMTPServerParameters.relayRestrictions, .recipient),
        (SMTPServerParameters.recipientRestrictions, .recipient), (SMTPServerParameters.dataRestrictions, .data),
        (SMTPServerParameters.endOfDataRestrictions, .endOfData), (SMTPServerParameters.etrnRestrictions, .etrn),
    ]
    let settings: AccessSettings
    let routing: AccessRouting
    private let main: MainConfiguration
    private let syntax: RestrictionSyntax
    private var parameter = ""
    private let classes = RestrictionClasses()
    private(set) var pool: TablePool
    private(set) var warnings: [String] = []

    init(_ main: MainConfiguration, _ settings: AccessSettings, _ routing: AccessRouting, _ pool: TablePool) {
        self.main = main
        self.settings = settings
        self.routing = routing
        self.pool = pool
        syntax = RestrictionSyntax(main)
    }

    /// The lists by parameter.
    mutating func lists() throws(RestrictionError) -> [String: [RestrictionStep]] {
        if let problem = RestrictionCheck.classProblem(main) { throw RestrictionError(problem.message) }
        for name in syntax.classes {
            parameter = name
            classes.set(name, try steps(ListSyntax.split(main.value(named: name) ?? "")))
        }
        var lists: [String: [RestrictionStep]] = [:]
        for (parameter, _) in Self.parameters {
            self.parameter = parameter.name
            lists[parameter.name] = try steps(main[parameter])
        }
        return lists
    }

    /// What `local_header_rewrite_clients` names; it has the same words, as far as they permit.
    mutating func localClients() throws(RestrictionError) -> [RestrictionStep] {
        parameter = CleanupParameters.localHeaderRewriteClients.name
        var steps: [RestrictionStep] = []
        for word in main[CleanupParameters.localHeaderRewriteClients] {
            guard let row = RestrictionRows.row(named: word), row.onlyPermits,
                let restriction = try restriction(row, "")
            else { continue }
            steps.append(RestrictionStep(restriction))
        }
        return steps
    }

    private mutating func steps(_ words: [String]) throws(RestrictionError) -> [RestrictionStep] {
        let (items, remarks) = syntax.read(words)
        for remark in remarks {
            let message = "\(parameter): \(remark.message)"
            guard remark.severity != .error else {
                throw RestrictionError(message, suggestion: remark.suggestion)
            }
            warnings.append(message)
        }
        var steps: [RestrictionStep] = []
        for item in items {
            switch item {
            case .row(let row, let argument, let onlyWarns):
                guard let restriction = try restriction(row, argument) else { continue }
                steps.append(RestrictionStep(restriction, onlyWarns: onlyWarns))
            case .list(let name, let onlyWarns):
                steps.append(RestrictionStep(RestrictionClass(name: name, classes: classes), onlyWarns: onlyWarns))
            case .table(let specification, let onlyWarns):
                steps.append(RestrictionStep(try access(.listSubject, specification), onlyWarns: onlyWarns))
            }
        }
        return steps
    }

    private mutating func restriction(
        _ row: RestrictionRow,
        _ argument: String
    ) throws(RestrictionError) -> (any Restriction)? {
        switch row.maker {
        case .simple(let make): make(settings)
        case .compiled(let make): try make(&self, argument)
        case .missing: nil
        }
    }

    // MARK: For rows

    /// A table that holds what is done about a subject.
    mutating func access(
        _ subject: CheckAccess.Subject,
        _ specification: String
    ) throws(RestrictionError) -> any Restriction {
        CheckAccess(
            subject: subject,
            table: AccessTable(try open(specification), settings),
            results: ResultCompiler(settings: settings, syntax: syntax, classes: classes)
        )
    }

    /// `smtpd_sender_login_maps`.
    mutating func senderLogins() throws(RestrictionError) -> AccessTable {
        do throws(RoutingConfigurationError) {
            let parameter = SMTPServerParameters.senderLoginMaps
            return AccessTable(try pool.list(main[parameter], for: TableUse(parameter.name)), settings)
        } catch {
            throw RestrictionError(error.description)
        }
    }

    private mutating func open(_ specification: String) throws(RestrictionError) -> TableList {
        do throws(RoutingConfigurationError) {
            return try pool.list([specification], for: TableUse(parameter))
        } catch {
            throw RestrictionError(error.description)
        }
    }
}
