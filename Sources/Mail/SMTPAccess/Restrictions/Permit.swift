// SPDX-License-Identifier: Apache-2.0

/// `permit`: yes.
struct Permit: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict { .ok }
}
