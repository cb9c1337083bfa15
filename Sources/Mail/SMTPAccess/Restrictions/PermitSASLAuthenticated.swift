// SPDX-License-Identifier: Apache-2.0

/// `permit_sasl_authenticated`: yes to clients that have logged in.
struct PermitSASLAuthenticated: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict { context.user == nil ? .dunno : .ok }
}
