// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailRouting

/// `permit_mynetworks`: yes to clients in `mynetworks`.
struct PermitMynetworks: Restriction {
    let networks: NetworkList

    func judge(_ request: RestrictionRequest) async -> Verdict {
        guard let client = request.client else { return .undecided }
        do throws(LookupError) {
            return try await networks.contains(client) ? .permit : .undecided
        } catch {
            return .reject(.lookupFailure(request))
        }
    }
}
