// SPDX-License-Identifier: Apache-2.0
internal import MailAddress

/// Evaluates one list after another, with what smtpd(8) keeps on the way: sticky deferrals, warnings, actions.
struct AccessEvaluator {
    /// How deep lists may call lists.
    static let depthLimit = 100

    /// What a list has decided.
    enum Outcome {
        case undecided
        case permit
        case reject(AccessReply)
    }

    let context: AccessContext

    /// Evaluates a list; a permit ends this list only.
    func run(_ list: [RestrictionStep], about subject: AccessSubject) async -> Outcome {
        context.subject = subject
        return await run(list, onlyWarns: false, depth: 0)
    }

    private func run(_ list: [RestrictionStep], onlyWarns: Bool, depth: Int) async -> Outcome {
        guard depth < Self.depthLimit else {
            return .reject(context.configurationError("restrictions call each other too deeply"))
        }
        for step in list {
            if context.actions.discards { return .undecided }
            let warns = onlyWarns || step.onlyWarns
            switch await step.restriction.judge(context) {
            case .dunno: continue
            case .ok: return .permit
            case .reject(let reply):
                guard warns else { return .reject(final(reply)) }
                context.note("reject_warning", reply.description)
            case .deferIfPermit(let reply):
                if warns {
                    context.note("reject_warning", reply.description)
                } else if context.memory.deferIfPermit == nil {
                    context.memory.deferIfPermit = reply
                }
            case .deferIfReject(let reply):
                if warns {
                    context.note("reject_warning", reply.description)
                } else if context.memory.deferIfReject == nil {
                    context.memory.deferIfReject = reply
                }
            case .act(let action):
                carryOut(action)
                if case .discard = action { return .permit }
            case .list(let inner):
                let outcome = await run(inner, onlyWarns: warns, depth: depth + 1)
                if case .undecided = outcome { break }
                return outcome
            }
            // Whatever comes, the answer is "later".
            if context.memory.deferIfPermit != nil, context.memory.deferIfReject != nil { return .undecided }
        }
        return .undecided
    }

    /// A refusal for good becomes a deferral where a temporary error may have kept the client from being accepted.
    func final(_ reply: AccessReply) -> AccessReply {
        guard reply.isPermanent, let deferral = context.memory.deferIfReject else { return reply }
        context.memory.deferIfReject = nil
        return deferral
    }

    private func carryOut(_ action: AccessAction) {
        let words = "<\(context.name(of: context.subject))>: \(context.subject.words)"
        switch action {
        case .log(let kind, let text): context.note(kind, "\(words): \(text)")
        case .hold(let text): context.note("hold", "\(words) \(text.isEmpty ? "triggers HOLD action" : text)")
        case .discard(let text): context.note("discard", "\(words) \(text.isEmpty ? "triggers DISCARD action" : text)")
        case .redirect(let address): context.note("redirect", "\(words) triggers REDIRECT \(address.internalForm)")
        case .prepend(let field): context.note("prepend", "\(words) triggers PREPEND \(field)")
        case .bcc(let address): context.note("bcc", "\(words) triggers BCC \(address.internalForm)")
        }
        context.add(action)
    }
}
