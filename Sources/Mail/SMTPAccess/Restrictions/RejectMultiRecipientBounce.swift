// SPDX-License-Identifier: Apache-2.0

internal import MailAddress

/// `reject_multi_recipient_bounce`: no to the null sender with several recipients.
struct RejectMultiRecipientBounce: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        // At RCPT the recipient that is judged does not count among the accepted ones yet.
        let limit = context.stage == .rcpt ? 0 : 1
        guard context.sender?.isNull == true, context.recipientCount > limit else { return .dunno }
        return .reject(context.refusal(code, 5, 3, "Multi-recipient bounce"))
    }
}
