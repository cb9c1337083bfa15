// SPDX-License-Identifier: Apache-2.0

/// `defer_if_reject`: a refusal that follows is one for the moment.
struct DeferIfReject: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict {
        .deferIfReject(context.refusal(450, 7, 0, "defer_if_reject requested"))
    }
}
