// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
internal import MailConfiguration
internal import MailRouting

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

    /// A key that a recipient is looked up by.
    struct Key: Sendable, Equatable {
        let text: String
        /// Whether tables of patterns are passed over: a part of the address, or the address without its quotes.
        let isPart: Bool
    }

    init(_ main: MainConfiguration, pool: inout TablePool) throws {
        maps = try pool.list(main[VirtualDeliveryParameters.mailboxMaps], for: .virtualMailboxMaps)
        owners = try MailboxOwners(main, pool: &pool)
        base = main[VirtualDeliveryParameters.mailboxBase]
        delimiters = main[GeneralParameters.recipientDelimiter]
        ownerRequestSpecial = main[GeneralParameters.ownerRequestSpecial]
    }

    /// The recipient's mailbox; nil where it has none.
    func find(_ recipient: String) async throws(LookupError) -> Mailbox? {
        guard let address = EmailAddress(internalForm: recipient) else { return nil }
        for key in keys(address) {
            guard let path = try await maps.lookup(key.text, isPart: key.isPart) else { continue }
            guard Self.isChosenByTable(path, address) else { return nil }
            let full = base.isEmpty ? path : base + (base.hasSuffix("/") || path.hasPrefix("/") ? "" : "/") + path
            return full.hasSuffix("/") ? .maildir(full) : .mbox(full)
        }
        return nil
    }

    /// Tells whether a path stays below the base that the administrator has set, and has no slash from the address: a
    /// table in another process may put the local part into it (`%u` of ldap_table(5)).
    static func isChosenByTable(_ path: String, _ address: EmailAddress) -> Bool {
        guard !path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) else {
            return false
        }
        let pieces = address.localPartKey.split { $0 == "+" || $0 == "@" || $0 == "\"" || $0 == "\\" }
        let folded = path.lowercased()
        return !pieces.contains { $0.utf8.contains(UInt8(ascii: "/")) && folded.contains($0) }
    }

    /// The keys of a recipient in the order of virtual(8): whole, without extension, the domain.
    func keys(_ address: EmailAddress) -> [Key] {
        var keys = Self.forms(address, isPart: false)
        if let split = address.splittingDetail(delimiters: delimiters, ownerRequestSpecial: ownerRequestSpecial) {
            keys += Self.forms(split.base, isPart: true)
        }
        keys.append(Key(text: "@\(address.domainKey)", isPart: true))
        return keys
    }

    /// The quoted form first; where that differs, the plain form too.
    private static func forms(_ address: EmailAddress, isPart: Bool) -> [Key] {
        let quoted = Key(text: address.externalForm, isPart: isPart)
        guard quoted.text != address.internalForm else { return [quoted] }
        return [quoted, Key(text: address.internalForm, isPart: true)]
    }
}
