// SPDX-License-Identifier: Apache-2.0

/// `permit_auth_destination`: yes to mail that this host receives or relays for anybody.
struct PermitAuthDestination: Restriction {
    func judge(_ request: RestrictionRequest) -> Verdict {
        RejectUnauthDestination.isAuthorized(request) == true ? .permit : .undecided
    }
}
