// SPDX-License-Identifier: Apache-2.0

/// `defer`: no for the moment.
struct Defer: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        .reject(context.refusal(code, 3, 2, "Try again later"))
    }
}
