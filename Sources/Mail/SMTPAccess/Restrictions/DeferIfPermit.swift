// SPDX-License-Identifier: Apache-2.0

/// `defer_if_permit`: no for the moment, if all that follows says yes.
struct DeferIfPermit: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict {
        .deferIfPermit(context.refusal(450, 7, 0, "defer_if_permit requested"))
    }
}
