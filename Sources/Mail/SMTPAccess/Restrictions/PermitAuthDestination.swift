// SPDX-License-Identifier: Apache-2.0

internal import LookupTables

/// `permit_auth_destination`: yes to mail that this host receives or relays for anybody.
struct PermitAuthDestination: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict {
        do throws(LookupError) {
            guard let resolution = try await context.resolution() else { return .dunno }
            return RejectUnauthDestination.isAuthorized(resolution) ? .ok : .dunno
        } catch {
            return .reject(context.lookupFailure(error, of: .recipient))
        }
    }
}
