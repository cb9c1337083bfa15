// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
internal import MailRouting
internal import MailStatus
internal import SMTPProtocol

/// What a restriction may look at.
struct RestrictionRequest: Sendable {
    /// nil for a client on a Unix socket.
    var client: IPAddress?
    var helo: String
    /// The name that the client has authenticated as.
    var user: String?
    var isTLS: Bool
    var sender: EmailAddress
    var recipient: EmailAddress
    /// Where the recipient would go; nil where a table did not answer.
    var resolution: Resolution?
}

/// What a restriction says.
enum Verdict: Sendable, Equatable {
    /// The next one decides.
    case undecided
    /// Yes, as far as this list goes.
    case permit
    /// No; 4xx for now, 5xx for good.
    case reject(SMTPReply)
}

/// One rule of the restriction lists (postconf(5), smtpd_recipient_restrictions): a small value with one verdict.
protocol Restriction: Sendable {
    /// Whether it keeps strangers from relaying, so that a list with it is safe.
    var decidesRelaying: Bool { get }
    func judge(_ request: RestrictionRequest) async -> Verdict
}

extension Restriction {
    var decidesRelaying: Bool { false }
}

extension SMTPReply {
    /// A reply to RCPT that names the recipient, as Postfix' do.
    static func recipient(
        _ request: RestrictionRequest,
        _ code: Int,
        _ status: EnhancedStatus,
        _ text: String
    ) -> SMTPReply {
        SMTPReply(UInt16(clamping: code), status, "<\(request.recipient.internalForm)>: \(text)")
    }

    /// What is said while a table does not answer.
    static func lookupFailure(_ request: RestrictionRequest) -> SMTPReply {
        .recipient(request, 451, EnhancedStatus(4, 3, 0), "Temporary lookup failure")
    }
}
