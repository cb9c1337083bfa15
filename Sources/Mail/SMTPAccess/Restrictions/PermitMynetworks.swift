// SPDX-License-Identifier: Apache-2.0

internal import LookupTables

/// `permit_mynetworks`: yes to clients in `mynetworks`.
struct PermitMynetworks: Restriction {
    func judge(_ context: AccessContext) async -> AccessVerdict {
        do throws(LookupError) {
            return try await context.isInNetworks() ? .ok : .dunno
        } catch {
            return .reject(context.lookupFailure(error))
        }
    }
}
