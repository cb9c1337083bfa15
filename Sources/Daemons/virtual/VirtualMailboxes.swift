// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
internal import MailConfiguration
internal import MailRouting
internal import MailStore

/// Which mailbox a recipient has: `virtual_mailbox_maps` below `virtual_mailbox_base`.
struct VirtualMailboxes: Sendable {
    let owners: MailboxOwners
    private let maps: TableList
    private let base: String
    private let delimiters: String
    private let ownerRequestSpecial: Bool

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

    /// Whether `virtual_mailbox_maps` names any table.
    var hasMaps: Bool { !maps.isEmpty }

    /// The recipient's mailbox; nil where it has none.
    func find(_ address: EmailAddress) async throws(LookupError) -> MailLocation? {
        // Most recipients have an entry of their own, so the other keys are made only where they have none.
        let own = Self.forms(address, isPart: false)
        var found = try await path(own)
        if found == nil { found = try await path(Array(keys(address).dropFirst(own.count))) }
        guard let path = found, Self.isChosenByTable(path, address) else { return nil }
        // An empty base stands for the root folder, as in Postfix: never for the folder that the process is in.
        return MailLocation(mailbox: base + (base.hasSuffix("/") || path.hasPrefix("/") ? "" : "/") + path)
    }

    private func path(_ keys: [Key]) async throws(LookupError) -> String? {
        for key in keys {
            if let path = try await maps.lookup(key.text, isPart: key.isPart) { return path }
        }
        return nil
    }

    /// Tells whether a path stays below the base that the administrator has set, and has no slash from the address: a
    /// table in another process may put the local part into it (`%u` of ldap_table(5)).
    static func isChosenByTable(_ path: String, _ address: EmailAddress) -> Bool {
        guard !path.hasPrefix("../"), !path.hasSuffix("/.."), path != "..", !climbs(path.utf8) else { return false }
        guard address.localPart.utf8.contains(UInt8(ascii: "/")) else { return true }
        let pieces = address.localPartKey.split { $0 == "+" || $0 == "@" || $0 == "\"" || $0 == "\\" }
        // Slashes alone are in every path; beside other pieces they choose nothing.
        let named = pieces.filter { piece in !piece.utf8.allSatisfy { $0 == UInt8(ascii: "/") } }
        guard !named.isEmpty || pieces.isEmpty else { return false }
        let folded = path.lowercased()
        return !named.contains { $0.utf8.contains(UInt8(ascii: "/")) && folded.contains($0) }
    }

    /// Whether a folder of the path is `..`, within it.
    private static func climbs(_ path: String.UTF8View) -> Bool {
        var last: (UInt8, UInt8, UInt8) = (0, 0, 0)
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        for byte in path {
            if last == (slash, dot, dot), byte == slash { return true }
            last = (last.1, last.2, byte)
        }
        return false
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
