// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
internal import MailConfiguration

/// Which mailbox a recipient has: `virtual_mailbox_maps` below `virtual_mailbox_base`.
struct VirtualMailboxes: Sendable {
    let owners: MailboxOwners
    private let maps: TableList
    private let base: String
    private let delimiters: String
    private let ownerRequestSpecial: Bool

    /// The place of a mailbox.
    enum Mailbox: Sendable, Equatable {
        /// A folder: the map's path ended in a slash.
        case maildir(String)
        case mbox(String)
    }

    init(_ main: MainConfiguration) throws {
        maps = try TableList(specifications: main[VirtualDeliveryParameters.mailboxMaps])
        owners = try MailboxOwners(main)
        base = main[VirtualDeliveryParameters.mailboxBase]
        delimiters = main[GeneralParameters.recipientDelimiter]
        ownerRequestSpecial = main[GeneralParameters.ownerRequestSpecial]
    }

    /// All tables, to be watched for changes.
    var tables: TableList { TableList(maps.tables + owners.tables) }

    /// Whether `virtual_mailbox_maps` names any table.
    var hasMaps: Bool { !maps.tables.isEmpty }

    /// The recipient's mailbox, and the key it was found by; nil where it has none.
    func find(_ recipient: String) throws(LookupError) -> (mailbox: Mailbox, key: String)? {
        for key in keys(recipient) {
            guard let path = try maps.lookup(key, isPart: key.hasPrefix("@")) else { continue }
            // A path that climbs would leave the base that the administrator has set.
            guard !path.split(separator: "/").contains("..") else { return nil }
            let full = base.isEmpty ? path : base + (base.hasSuffix("/") || path.hasPrefix("/") ? "" : "/") + path
            return (full.hasSuffix("/") ? .maildir(full) : .mbox(full), key)
        }
        return nil
    }

    /// The keys of a recipient in the order of virtual(8): whole, without extension, the domain.
    func keys(_ recipient: String) -> [String] {
        guard let address = EmailAddress(internalForm: recipient) else { return [] }
        var keys = [address.internalForm]
        if let split = address.splittingDetail(delimiters: delimiters, ownerRequestSpecial: ownerRequestSpecial) {
            keys.append(split.base.internalForm)
        }
        keys.append("@\(address.domainKey)")
        return keys
    }
}
