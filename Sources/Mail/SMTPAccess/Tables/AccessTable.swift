// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress

/// A table of access(5) and the orders in which it is searched.
package struct AccessTable: Sendable {
    /// A name that is looked up.
    struct Key: Equatable {
        let text: String
        /// Whether it is a part only, which tables of patterns are not asked for.
        let isPart: Bool
    }

    /// How many labels of a name are looked at: no domain name has more (RFC 1035 section 2.3.4).
    private static let labelLimit = 128

    private let tables: TableList
    let settings: AccessSettings

    init(_ tables: TableList, _ settings: AccessSettings) {
        self.tables = tables
        self.settings = settings
    }

    /// Returns the result of the first key that the table knows.
    func first(of keys: [Key]) async throws(LookupError) -> String? {
        for key in keys {
            if let text = try await tables.lookup(key.text, isPart: key.isPart) { return text }
        }
        return nil
    }

    // MARK: Orders (access(5), EMAIL ADDRESS PATTERNS and HOST NAME/ADDRESS PATTERNS)

    /// A host: its name and the parent domains.
    func keys(host: String) -> [Key] {
        let name = host.lowercased()
        guard !name.isEmpty else { return [] }
        var keys = [Key(text: name, isPart: false)]
        guard !name.hasPrefix("["), !name.contains(":") else { return keys }
        var rest = name.utf8[...]
        while keys.count < Self.labelLimit, let dot = rest.dropFirst().firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[dot...]
            let parent = settings.parentMatchesSubdomains ? rest.dropFirst() : rest
            if !parent.isEmpty { keys.append(Key(text: String(Substring(parent)), isPart: true)) }
        }
        return keys
    }

    /// An address of a client: itself and the networks around it, octet by octet or group by group.
    func keys(address: IPAddress) -> [Key] {
        let text = address.unmapped.description
        let separator: Character = text.contains(":") ? ":" : "."
        var keys = [Key(text: text, isPart: false)]
        var rest = text[...]
        while let end = rest.lastIndex(of: separator) {
            rest = rest[..<end]
            // `2001:db8::1` lies in `2001:db8`.
            while rest.last == separator { rest = rest.dropLast() }
            guard !rest.isEmpty else { break }
            keys.append(Key(text: String(rest), isPart: true))
        }
        return keys
    }

    /// A client: its name first, then its address.
    ///
    /// A client without a verified name is looked up by its address alone.
    func keys(client: IPAddress?, name: String?) -> [Key] {
        (name.map(keys(host:)) ?? []) + (client.map(keys(address:)) ?? [])
    }

    /// A mail address: user+ext@domain, user@domain, domain and its parents, user+ext@, user@.
    func keys(mail address: EmailAddress) -> [Key] {
        guard !address.isNull else { return [Key(text: settings.nullKey, isPart: false)] }
        let base = address.splittingDetail(
            delimiters: settings.recipientDelimiter,
            ownerRequestSpecial: settings.ownerRequestSpecial
        )?.base
        let domain = address.domainKey
        var keys = [Key(text: "\(address.localPart)@\(domain)", isPart: false)]
        if let base { keys.append(Key(text: "\(base.localPart)@\(domain)", isPart: true)) }
        keys += self.keys(host: domain).map { Key(text: $0.text, isPart: true) }
        keys.append(Key(text: "\(address.localPart)@", isPart: true))
        if let base { keys.append(Key(text: "\(base.localPart)@", isPart: true)) }
        return keys
    }

    /// An address whose owners are asked for (`smtpd_sender_login_maps`): user+ext@domain, user@domain, user, @domain.
    func keys(owned address: EmailAddress, isOwnDomain: Bool) -> [Key] {
        let base = address.splittingDetail(
            delimiters: settings.recipientDelimiter,
            ownerRequestSpecial: settings.ownerRequestSpecial
        )?.base
        let domain = address.domainKey
        var keys = [Key(text: "\(address.localPart)@\(domain)", isPart: false)]
        if let base { keys.append(Key(text: "\(base.localPart)@\(domain)", isPart: true)) }
        if isOwnDomain {
            keys.append(Key(text: address.localPart, isPart: true))
            if let base { keys.append(Key(text: base.localPart, isPart: true)) }
        }
        keys.append(Key(text: "@\(domain)", isPart: true))
        return keys
    }
}
