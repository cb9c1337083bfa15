// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress

/// The keys that an address is looked up by, in their order.
struct AddressKeys {
    struct Key: Equatable {
        var text: String
        /// Whether the key is a part of the address, or the address without the quotes of its local part, so that
        /// tables of patterns are passed over: what stands in quotes may look like another address.
        var isPart: Bool
        /// Whether the key leaves out an extension that the address has.
        var leavesOutExtension: Bool
    }

    private let delimiters: String
    private let ownerRequestSpecial: Bool

    init(_ settings: RoutingSettings) {
        delimiters = settings.recipientDelimiter
        ownerRequestSpecial = settings.ownerRequestSpecial
    }

    /// The address without its extension, and the extension with its delimiter; nil where it has none.
    func split(_ address: EmailAddress) -> (base: EmailAddress, suffix: String)? {
        address.splittingDetail(delimiters: delimiters, ownerRequestSpecial: ownerRequestSpecial)
            .map { ($0.base, "\($0.delimiter)\($0.detail)") }
    }

    /// The order of virtual(5): user+ext@domain, user@domain, user+ext, user, @domain; the bare users only where the
    /// domain is one of this host.
    func all(_ address: EmailAddress, isOwnDomain: Bool) -> [Key] {
        let bare = split(address)?.base
        var keys = whole(address, bare)
        if isOwnDomain {
            keys += Self.keys(address.localPart, domain: "", isPart: true, leavesOutExtension: false)
            if let bare { keys += Self.keys(bare.localPart, domain: "", isPart: true, leavesOutExtension: true) }
        }
        if !address.domain.isEmpty {
            keys.append(Key(text: "@\(address.domainKey)", isPart: true, leavesOutExtension: bare != nil))
        }
        return keys
    }

    /// user+ext@domain, user@domain.
    func whole(_ address: EmailAddress) -> [Key] {
        whole(address, split(address)?.base)
    }

    private func whole(_ address: EmailAddress, _ bare: EmailAddress?) -> [Key] {
        let domain = address.domainKey
        var keys = Self.keys(address.localPart, domain: domain, isPart: false, leavesOutExtension: false)
        if let bare { keys += Self.keys(bare.localPart, domain: domain, isPart: true, leavesOutExtension: true) }
        return keys
    }

    /// The quoted form first, as table manuals want it; where that differs, the plain form too.
    private static func keys(
        _ localPart: String,
        domain: String,
        isPart: Bool,
        leavesOutExtension: Bool
    ) -> [Key] {
        guard let address = EmailAddress(localPart: localPart, domain: domain) else { return [] }
        let external = address.externalForm
        let plain = address.internalForm
        let quoted = Key(text: external, isPart: isPart, leavesOutExtension: leavesOutExtension)
        guard external != plain else { return [quoted] }
        return [quoted, Key(text: plain, isPart: true, leavesOutExtension: leavesOutExtension)]
    }
}

extension TableList {
    /// Returns the text of the first key that any table knows, with the key.
    func first(of keys: [AddressKeys.Key]) async throws(LookupError) -> (text: String, key: AddressKeys.Key)? {
        guard !isEmpty else { return nil }
        for key in keys {
            if let text = try await lookup(key.text, isPart: key.isPart) { return (text, key) }
        }
        return nil
    }
}
