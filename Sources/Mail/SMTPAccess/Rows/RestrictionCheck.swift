// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration

/// The check of all restriction lists of a configuration, as `mailctl check`, a start and a reload want it.
package enum RestrictionCheck {
    /// What is wrong in main.cf and in the overrides of smtpd's services, with file and line of the parameter.
    ///
    /// - Parameters:
    ///   - main: main.cf without overrides.
    ///   - services: The services of master.cf.
    ///   - overridden: Returns main.cf as a service sees it.
    /// - Returns: What is to be said, each thing once.
    package static func run(
        _ main: MainConfiguration,
        services: [ServiceEntry],
        overridden: (ServiceEntry) -> MainConfiguration
    ) -> [Diagnostic] {
        var diagnostics = check(main, place: nil)
        let servers = services.filter { $0.command == "smtpd" }
        for service in servers {
            let merged = service.overrides.isEmpty ? main : overridden(service)
            if !service.overrides.isEmpty { diagnostics += check(merged, place: service) }
            if let problem = relayProblem(merged) {
                let setting = merged.settings[SMTPServerParameters.relayRestrictions.name]
                let isInMain = setting.map { $0.line > 0 && $0.file != service.file } ?? false
                diagnostics.append(
                    Diagnostic(
                        .error,
                        file: isInMain ? setting?.file ?? service.file : service.file,
                        line: isInMain ? setting?.line ?? service.line : service.line,
                        problem.message
                    )
                )
            }
        }
        var seen: Set<Diagnostic> = []
        return diagnostics.filter { seen.insert($0).inserted }
    }

    /// Checks the lists of one configuration; with a service only those that its overrides set.
    private static func check(_ main: MainConfiguration, place service: ServiceEntry?) -> [Diagnostic] {
        let syntax = RestrictionSyntax(main)
        let overrides = Set(service?.overrides.map(\.name) ?? [])
        let file = "\(main.directory)/main.cf"
        var diagnostics: [Diagnostic] = []
        let report = { (severity: Diagnostic.Severity, name: String, message: String, suggestion: String?) in
            let setting = main.settings[name]
            let isOverride = overrides.contains(name)
            diagnostics.append(
                Diagnostic(
                    severity,
                    file: isOverride ? service?.file ?? file : setting?.file ?? file,
                    line: isOverride ? service?.line ?? 0 : setting?.line ?? 0,
                    "\(name): \(message)",
                    suggestion: suggestion
                )
            )
        }
        for name in RestrictionCompiler.parameters.map(\.parameter.name) + syntax.classes {
            if service != nil, !overrides.contains(name) { continue }
            let (items, remarks) = syntax.read(ListSyntax.split(main.value(named: name) ?? ""))
            for remark in remarks { report(remark.severity, name, remark.message, remark.suggestion) }
            for word in withoutEffect(name, items, main) {
                report(.warning, name, "\(word) has no effect here with smtpd_delay_reject = no", nil)
            }
        }
        if service == nil || overrides.contains(SMTPServerParameters.restrictionClasses.name),
            let problem = classProblem(main)
        {
            report(.error, SMTPServerParameters.restrictionClasses.name, problem.message, nil)
        }
        for name in main[SMTPServerParameters.ignoredRestrictions] where RestrictionRows.row(named: name) == nil {
            if service != nil, !overrides.contains(SMTPServerParameters.ignoredRestrictions.name) { break }
            report(
                .warning,
                SMTPServerParameters.ignoredRestrictions.name,
                "unknown restriction \"\(name)\"",
                NearestName.find(name, in: RestrictionRows.names)
            )
        }
        return diagnostics
    }

    /// Restrictions that ask for what is not known yet at their list's own stage.
    private static func withoutEffect(
        _ parameter: String,
        _ items: [RestrictionSyntax.Item],
        _ main: MainConfiguration
    ) -> [String] {
        guard !main[SMTPServerParameters.delayReject] else { return [] }
        let stage: AccessStage
        switch parameter {
        case SMTPServerParameters.clientRestrictions.name: stage = .connect
        case SMTPServerParameters.heloRestrictions.name: stage = .helo
        case SMTPServerParameters.senderRestrictions.name: stage = .mail
        default: return []
        }
        return items.compactMap { item in
            guard case .row(let row, _, _) = item, !row.stages.contains(stage) else { return nil }
            return row.name
        }
    }

    /// Says that nothing keeps strangers from relaying, where that is so.
    static func relayProblem(_ main: MainConfiguration) -> RestrictionError? {
        let syntax = RestrictionSyntax(main)
        let lists = [SMTPServerParameters.relayRestrictions, SMTPServerParameters.recipientRestrictions]
        let decides = lists.contains { decidesRelaying(main[$0], syntax, main, depth: 0) }
        guard !decides else { return nil }
        return RestrictionError(
            "smtpd_relay_restrictions or smtpd_recipient_restrictions must contain reject_unauth_destination, defer_unauth_destination, reject, defer or defer_if_permit"
        )
    }

    private static func decidesRelaying(
        _ words: [String],
        _ syntax: RestrictionSyntax,
        _ main: MainConfiguration,
        depth: Int
    ) -> Bool {
        guard depth < 20 else { return false }
        return syntax.read(words).items.contains { item in
            switch item {
            case .row(let row, _, let onlyWarns): row.decidesRelaying && !onlyWarns
            case .list(let name, let onlyWarns):
                !onlyWarns
                    && decidesRelaying(ListSyntax.split(main.value(named: name) ?? ""), syntax, main, depth: depth + 1)
            case .table: false
            }
        }
    }

    /// Finds a class that is not set, or that calls itself.
    static func classProblem(_ main: MainConfiguration) -> RestrictionError? {
        let syntax = RestrictionSyntax(main)
        var finished: Set<String> = []
        for name in syntax.classes {
            guard main.value(named: name) != nil else {
                return RestrictionError("the class \(name) is not set")
            }
            guard !isCircular(name, [], syntax, main, &finished) else {
                return RestrictionError("the class \(name) calls itself")
            }
        }
        return nil
    }

    private static func isCircular(
        _ name: String,
        _ path: [String],
        _ syntax: RestrictionSyntax,
        _ main: MainConfiguration,
        _ finished: inout Set<String>
    ) -> Bool {
        if path.contains(name) { return true }
        if finished.contains(name) { return false }
        for item in syntax.read(ListSyntax.split(main.value(named: name) ?? "")).items {
            guard case .list(let inner, _) = item else { continue }
            if isCircular(inner, path + [name], syntax, main, &finished) { return true }
        }
        finished.insert(name)
        return false
    }
}
