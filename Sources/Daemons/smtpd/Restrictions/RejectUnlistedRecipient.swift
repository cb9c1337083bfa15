// SPDX-License-Identifier: Apache-2.0
internal import MailRouting
internal import MailStatus
internal import SMTPProtocol

/// `reject_unlisted_recipient` and `smtpd_reject_unlisted_recipient`: no to recipients that no table knows.
struct RejectUnlistedRecipient: Restriction {
    let validator: RecipientValidator
    let replies: UnlistedReplies

    func judge(_ request: RestrictionRequest) async -> Verdict {
        guard let resolution = request.resolution else { return .reject(.lookupFailure(request)) }
        switch await validator.validate(resolution) {
        case .exists: return .permit
        case .temporaryFailure: return .reject(.lookupFailure(request))
        case .refused(let text):
            let status = EnhancedStatus(5, 1, 0)
            return .reject(.recipient(request, 550, status, "Recipient address rejected: \(text)"))
        case .unknown(let place):
            let code = code(place)
            let text = replies.showsTable ? place.text : "User unknown"
            let status = (400..<500).contains(code) ? EnhancedStatus(4, 1, 1) : EnhancedStatus(5, 1, 1)
            return .reject(.recipient(request, code, status, "Recipient address rejected: \(text)"))
        }
    }

    private func code(_ place: RecipientVerdict.UnknownIn) -> Int {
        switch place {
        case .local: replies.local
        case .virtualAlias: replies.virtualAlias
        case .virtualMailbox: replies.virtualMailbox
        case .relay: replies.relay
        }
    }
}
