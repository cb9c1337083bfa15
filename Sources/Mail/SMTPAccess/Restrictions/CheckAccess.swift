// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
internal import MailRouting
internal import MailStatus

/// `check_client_access`, `check_helo_access` and their like, and a table that stands in a list by itself: access(5).
struct CheckAccess: Restriction {
    /// What is looked up.
    enum Subject: Sendable {
        case client
        case helo
        case sender
        case recipient
        case etrn
        /// The name that the client has authenticated as.
        case user
        /// What the list is about.
        case listSubject
    }

    let subject: Subject
    let table: AccessTable
    let results: ResultCompiler

    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard let about = about(context) else {
            return .reject(
                context.configurationError("a table in \(context.subject.words) needs a check_ in front of it")
            )
        }
        do throws(LookupError) {
            guard let keys = keys(about, context), let text = try await table.first(of: keys) else { return .dunno }
            return try await verdict(AccessResult(text), text, about, context)
        } catch {
            return .reject(context.lookupFailure(error, of: about))
        }
    }

    /// What a refusal names.
    private func about(_ context: AccessContext) -> AccessSubject? {
        switch subject {
        case .client, .user: .client
        case .helo: .helo
        case .sender: .sender
        case .recipient: .recipient
        case .etrn: .etrn
        case .listSubject: context.subject == .data || context.subject == .endOfData ? nil : context.subject
        }
    }

    /// nil where there is nothing to look up.
    private func keys(_ about: AccessSubject, _ context: AccessContext) -> [AccessTable.Key]? {
        if case .user = subject { return context.user.map { [AccessTable.Key(text: $0, isPart: false)] } }
        switch about {
        case .client: return table.keys(client: context.client, name: context.clientName)
        case .helo: return context.helo.map(table.keys(host:))
        case .sender: return context.sender.map { table.keys(mail: context.rewritten($0)) }
        case .recipient: return context.recipient.map { table.keys(mail: context.rewritten($0)) }
        case .etrn: return context.etrnDomain.map(table.keys(host:))
        case .data, .endOfData: return nil
        }
    }

    private func verdict(
        _ result: AccessResult,
        _ text: String,
        _ about: AccessSubject,
        _ context: AccessContext
    ) async throws(LookupError) -> AccessVerdict {
        switch result {
        case .ok:
            // Who may be written to here may not thereby be used to reach another host.
            if about == .recipient, try await context.resolution()?.hasSenderRoute == true { return .dunno }
            return .ok
        case .dunno: return .dunno
        case .code(let code, let words):
            return .reject(reply(code, words, "Access denied", about, context))
        case .reject(let words):
            return .reject(reply(table.settings.mapRejectCode, words, "Access denied", about, context))
        case .defer(let words):
            return .reject(reply(table.settings.mapDeferCode, words, "Access denied", about, context))
        case .deferIfPermit(let words):
            return .deferIfPermit(reply(table.settings.mapDeferCode, words, "Service unavailable", about, context))
        case .deferIfReject(let words):
            return .deferIfReject(reply(table.settings.mapDeferCode, words, "Service unavailable", about, context))
        case .act(.prepend) where context.stage == .endOfData:
            return .reject(context.configurationError("PREPEND is too late at the end of the data: \(text)"))
        case .act(let action): return .act(action)
        case .filter:
            return .reject(context.configurationError("relais has no content filters: \(text)"))
        case .invalid(let reason): return .reject(context.configurationError("access table: \(reason)"))
        case .restrictions(let words):
            do throws(RestrictionError) {
                return .list(try results.steps(words))
            } catch {
                return .reject(context.configurationError("access table: \(error)"))
            }
        }
    }

    private func reply(
        _ code: Int,
        _ words: AccessResult.Words,
        _ other: String,
        _ about: AccessSubject,
        _ context: AccessContext
    ) -> AccessReply {
        let text = words.text.isEmpty ? other : words.text
        return context.refusal(code, words.status?.subject ?? 7, words.status?.detail ?? 1, text, of: about)
    }
}
