// SPDX-License-Identifier: Apache-2.0

/// `permit`: yes.
struct Permit: Restriction {
    /// Says nothing instead, for a rule that is kept elsewhere.
    var isNeutral = false

    func judge(_ request: RestrictionRequest) -> Verdict { isNeutral ? .undecided : .permit }
}
