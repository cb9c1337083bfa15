// SPDX-License-Identifier: Apache-2.0

internal import LookupTables

/// `permit_inet_interfaces`: yes to clients that have one of this host's own addresses (`inet_interfaces`).
struct PermitInetInterfaces: Restriction {
    let addresses: Set<IPAddress>

    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard let client = context.client?.unmapped else { return .dunno }
        return addresses.contains(client) ? .ok : .dunno
    }
}
