// SPDX-License-Identifier: Apache-2.0
internal import FinalDelivery
internal import LookupTables
internal import MailConfiguration
internal import MailRouting
internal import POSIX
internal import Service

/// Whose the mailboxes are: `virtual_uid_maps` and `virtual_gid_maps`.
struct MailboxOwners: Sendable {
    typealias Owner = DeliveryTarget.Owner

    /// How a delivery becomes the owner.
    enum Arrangement: Sendable, Equatable {
        /// It is the owner: the process has become it, or cannot change at all.
        case always(Owner)
        /// It takes the file-system ids of each recipient's owner.
        case perRecipient
    }

    private let uids: TableList
    private let gids: TableList
    private let single: Owner?
    private let minimum: Int
    /// Whether there are maps for both numbers.
    let isConfigured: Bool

    init(_ main: MainConfiguration, pool: inout TablePool) throws {
        let uidMaps = main[VirtualDeliveryParameters.uidMaps]
        let gidMaps = main[VirtualDeliveryParameters.gidMaps]
        uids = try pool.list(uidMaps, for: .virtualUIDMaps)
        gids = try pool.list(gidMaps, for: .virtualGIDMaps)
        minimum = main[VirtualDeliveryParameters.minimumUID]
        isConfigured = !uidMaps.isEmpty && !gidMaps.isEmpty
        if let uid = Self.constant(uidMaps), let gid = Self.constant(gidMaps) {
            guard Int(uid) >= minimum, uid != 0 else {
                throw StartUpError("virtual_uid_maps: uid \(uid) is below virtual_minimum_uid (\(minimum))")
            }
            guard gid != 0 else { throw StartUpError("virtual_gid_maps: gid 0 may own no mailboxes") }
            single = Owner(uid: uid, gid: gid)
        } else {
            single = nil
        }
    }

    private static func constant(_ maps: [String]) -> UInt32? {
        guard maps.count == 1, let map = maps.first, map.hasPrefix("static:") else { return nil }
        return UInt32(map.dropFirst(7))
    }

    /// Becomes the one owner for good where there is only one.
    ///
    /// Either way the process gives up what it does not need for it.
    ///
    /// - Parameters:
    ///   - start: The start of the daemon.
    ///   - keepsAccount: Whether other processes are asked for tables: those know relais' own accounts only.
    /// - Returns: Whose each mailbox is.
    /// - Throws: What keeps the process from changing itself.
    func settle(start: StartUp, keepsAccount: Bool = false) throws -> Arrangement {
        guard start.isRoot else {
            return .always(Owner(uid: Identity.effectiveUser, gid: Identity.effectiveGroup))
        }
        guard let single, !keepsAccount else {
            try start.enter(VirtualAgent.perRecipient.sandbox(start))
            return .perRecipient
        }
        try Privileges.become(Identity(name: "\(single.uid)", uid: single.uid, gid: single.gid))
        try Privileges.limit(to: [])
        try start.enter(VirtualAgent.settled.sandbox(start))
        return .always(single)
    }

    /// The owner of a recipient's mailbox, looked up by the given keys; nil where a map does not know it.
    func owner(_ keys: [VirtualMailboxes.Key]) async throws(LookupError) -> Owner? {
        guard let uid = try await number(uids, keys), let gid = try await number(gids, keys) else { return nil }
        guard Int(uid) >= minimum, uid != 0, gid != 0 else { return nil }
        return Owner(uid: uid, gid: gid)
    }

    private func number(_ maps: TableList, _ keys: [VirtualMailboxes.Key]) async throws(LookupError) -> UInt32? {
        for key in keys {
            if let text = try await maps.lookup(key.text, isPart: key.isPart) { return UInt32(text) }
        }
        return nil
    }
}
