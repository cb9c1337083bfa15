// SPDX-License-Identifier: Apache-2.0

/// `reject_plaintext_session`: no to a session without TLS.
struct RejectPlaintextSession: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        context.isTLS ? .dunno : .reject(context.refusal(code, 7, 1, "Session encryption is required"))
    }
}
