// SPDX-License-Identifier: Apache-2.0

/// `reject`: no.
struct Reject: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        .reject(context.refusal(code, 7, 1, "Access denied"))
    }
}
