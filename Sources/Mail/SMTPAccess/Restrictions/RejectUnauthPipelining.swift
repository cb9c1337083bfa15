// SPDX-License-Identifier: Apache-2.0

/// `reject_unauth_pipelining`: no to a client that sends commands before it may.
///
/// With `smtpd_forbid_unauth_pipelining` such a session has ended before.
struct RejectUnauthPipelining: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard context.spokeOutOfTurn else { return .dunno }
        return .reject(context.refusal(503, 5, 0, "Improper use of SMTP command pipelining"))
    }
}
