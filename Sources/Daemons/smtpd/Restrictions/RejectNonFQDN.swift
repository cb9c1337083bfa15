// SPDX-License-Identifier: Apache-2.0
internal import MailAddress
internal import MailStatus
internal import SMTPProtocol

/// `reject_non_fqdn_sender` and `reject_non_fqdn_recipient`: no to addresses without a whole domain.
struct RejectNonFQDN: Restriction {
    let isSender: Bool

    func judge(_ request: RestrictionRequest) -> Verdict {
        let address = isSender ? request.sender : request.recipient
        if address.isNull || isComplete(address.domain) { return .undecided }
        // A recipient without a domain is this host's postmaster (RFC 5321 section 4.5.1).
        if !isSender && address.domain.isEmpty { return .undecided }
        let who = isSender ? "Sender" : "Recipient"
        return .reject(
            SMTPReply(
                504,
                EnhancedStatus(5, 5, 2),
                "<\(address.internalForm)>: \(who) address rejected: need fully-qualified address"
            )
        )
    }

    private func isComplete(_ domain: String) -> Bool {
        domain.hasPrefix("[") || domain.split(separator: ".", omittingEmptySubsequences: false).count > 1
    }
}
