// SPDX-License-Identifier: Apache-2.0

internal import LookupTables
internal import MailRouting
internal import MailStatus

/// `reject_unlisted_recipient`, `reject_unlisted_sender`: no to addresses of this host that no table knows.
struct RejectUnlisted: Restriction {
    let about: AccessSubject
    let settings: AccessSettings

    func judge(_ context: AccessContext) async -> AccessVerdict {
        if about == .sender {
            context.memory.isSenderValidated = true
        } else {
            context.memory.isRecipientValidated = true
        }
        let resolution: Resolution?
        do throws(LookupError) {
            resolution = about == .sender ? try await context.senderResolution() : try await context.resolution()
        } catch {
            return .reject(context.lookupFailure(error, of: about))
        }
        guard let resolution else { return .dunno }
        switch await context.validate(resolution) {
        case .exists: return .dunno
        case .temporaryFailure(let error): return .reject(context.lookupFailure(error, of: about))
        case .refused(let text):
            let words = AccessResult.Words(text)
            let status = words.status ?? EnhancedStatus(5, 1, 0)
            return .reject(context.refusal(550, status.subject, status.detail, words.text, of: about))
        case .unknown(let place):
            let text = settings.showsTable ? place.text : "User unknown"
            // 5.1.1 is about a destination; for a sender it is 5.1.0.
            return .reject(context.refusal(code(place), 1, about == .sender ? 0 : 1, text, of: about))
        }
    }

    private func code(_ place: RecipientVerdict.UnknownIn) -> Int {
        switch place {
        case .local: settings.unknownLocalCode
        case .virtualAlias: settings.unknownVirtualAliasCode
        case .virtualMailbox: settings.unknownVirtualMailboxCode
        case .relay: settings.unknownRelayCode
        }
    }
}
