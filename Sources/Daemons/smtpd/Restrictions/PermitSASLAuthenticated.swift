// SPDX-License-Identifier: Apache-2.0

/// `permit_sasl_authenticated`: yes to clients that have logged in.
struct PermitSASLAuthenticated: Restriction {
    func judge(_ request: RestrictionRequest) -> Verdict { request.user == nil ? .undecided : .permit }
}
