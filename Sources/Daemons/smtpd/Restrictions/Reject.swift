// SPDX-License-Identifier: Apache-2.0
internal import MailAddress
internal import SMTPProtocol

/// `reject` and `defer`: no.
struct Reject: Restriction {
    let reply: SMTPReply

    var decidesRelaying: Bool { true }

    func judge(_ request: RestrictionRequest) -> Verdict {
        .reject(
            SMTPReply(
                reply.code,
                reply.status,
                lines: reply.lines.map { "<\(request.recipient.internalForm)>: Recipient address rejected: \($0)" }
            )
        )
    }
}
