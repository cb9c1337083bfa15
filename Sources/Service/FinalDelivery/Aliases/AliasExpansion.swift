// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
package import MailAddress
internal import MailRouting

/// What becomes of mail for a name that aliases(5) know.
package struct AliasExpansion: Sendable, Equatable {
    /// Where the message goes as a new one, none twice.
    package var addresses: [EmailAddress] = []
    /// The alias holds its own name: the user of that name gets the message too.
    package var deliversToUser = false
    /// `/dev/null` is among the targets.
    package var isDiscarded = false
    /// The new envelope sender (`owner-name`); nil keeps the old one.
    package var sender: EmailAddress?

    /// Why mail for an alias cannot be delivered.
    package struct Failure: Error, Sendable, Equatable {
        package var isTemporary = true
        package let status: String
        package let text: String
    }
}

/// Expands an alias, and aliases among its targets, to the addresses that a new message goes to.
///
/// A nested alias that holds its own name, has an owner of its own, or targets that are not supported stays an address:
/// the new message comes back for it, and it is expanded on its own.
package struct AliasExpander {
    /// Aliases in aliases, as deep as Postfix takes them.
    package static let depthLimit = 100

    private let maps: AliasMaps
    private let limit: Int
    private var result = AliasExpansion()
    private var isTarget: Set<EmailAddress> = []
    private var isExpanded: Set<String> = []

    private init(_ maps: AliasMaps, limit: Int) {
        self.maps = maps
        self.limit = limit
    }

    /// What the alias tables make of a recipient; nil where they do not know it.
    ///
    /// `limit` is how many addresses it may become.
    package static func expand(
        _ recipient: EmailAddress,
        _ maps: AliasMaps,
        limit: Int = AliasTarget.limit
    ) async throws(AliasExpansion.Failure) -> AliasExpansion? {
        var expander = AliasExpander(maps, limit: limit)
        guard let entry = try await expander.lookup({ () async throws(LookupError) in try await maps.entry(recipient) })
        else {
            return nil
        }
        try await expander.expand(entry, path: [entry.key])
        expander.result.sender = try await expander.owner(of: entry.key)
        return expander.result
    }

    private mutating func expand(_ entry: AliasMaps.Entry, path: [String]) async throws(AliasExpansion.Failure) {
        isExpanded.insert(entry.key)
        for target in try targets(of: entry) {
            switch target {
            case .file("/dev/null"): result.isDiscarded = true
            case .file(let path): throw notSupported(entry, "delivery to the file \(path)")
            case .command(let command): throw notSupported(entry, "delivery to the command |\(command)")
            case .include(let path): throw notSupported(entry, "a list of recipients in :include:\(path)")
            case .address(let plain, let isLiteral):
                try await add(completed(plain, entry), isLiteral: isLiteral, path: path)
            }
        }
    }

    private mutating func add(
        _ address: EmailAddress,
        isLiteral: Bool,
        path: [String]
    ) async throws(AliasExpansion.Failure) {
        let maps = self.maps
        guard try await lookup({ () async throws(LookupError) in try await maps.isLocal(address) }) else {
            return try append(address)
        }
        let names = maps.names(address).map(\.name)
        if isLiteral {
            // Only at the first level: a nested alias that holds its own name is not expanded here at all.
            guard path.count == 1, let name = path.first, names.contains(name) else { return try append(address) }
            result.deliversToUser = true
            return
        }
        guard let nested = try await lookup({ () async throws(LookupError) in try await maps.entry(address) }) else {
            return try append(address)
        }
        if nested.key == path.last {
            result.deliversToUser = true
            return
        }
        guard !path.contains(nested.key), path.count < Self.depthLimit else {
            throw AliasExpansion.Failure(
                isTemporary: false,
                status: "5.4.6",
                text: "alias database loop for \(nested.key)"
            )
        }
        guard !isExpanded.contains(nested.key) else { return }
        if try await isSelfContained(nested) {
            try append(address)
        } else {
            try await expand(nested, path: path + [nested.key])
        }
    }

    private mutating func append(_ address: EmailAddress) throws(AliasExpansion.Failure) {
        guard isTarget.insert(address).inserted else { return }
        guard result.addresses.count < limit else {
            throw AliasExpansion.Failure(status: "4.3.5", text: "alias expands to more than \(limit) addresses")
        }
        result.addresses.append(address)
    }

    /// Whether a nested alias is left to a message of its own.
    private func isSelfContained(_ entry: AliasMaps.Entry) async throws(AliasExpansion.Failure) -> Bool {
        let maps = self.maps
        if try await lookup({ () async throws(LookupError) in try await maps.ownerEntry(of: entry.key) }) != nil {
            return true
        }
        for target in try targets(of: entry) {
            guard case .address(let plain, _) = target else {
                if target == .file("/dev/null") { continue }
                return true
            }
            let address = completed(plain, entry)
            guard maps.names(address).contains(where: { $0.name == entry.key }) else { continue }
            if try await lookup({ () async throws(LookupError) in try await maps.isLocal(address) }) { return true }
        }
        return false
    }

    /// The sender that `owner-name` asks for: its name, or with `expand_owner_alias` what it stands for.
    private func owner(of key: String) async throws(AliasExpansion.Failure) -> EmailAddress? {
        let maps = self.maps
        guard let owner = try await lookup({ () async throws(LookupError) in try await maps.ownerEntry(of: key) })
        else { return nil }
        if maps.expandsOwner, case .address(let address, _)? = try targets(of: owner).first {
            return maps.rewriter.rewrite(address)
        }
        return EmailAddress(localPart: owner.key, domain: "").map { maps.rewriter.rewrite($0) }
    }

    private func completed(_ plain: EmailAddress, _ entry: AliasMaps.Entry) -> EmailAddress {
        var address = plain
        if maps.propagatesExtension, !entry.suffix.isEmpty {
            address = EmailAddress(localPart: plain.localPart + entry.suffix, domain: plain.domain) ?? plain
        }
        return maps.rewriter.rewrite(address)
    }

    private func targets(of entry: AliasMaps.Entry) throws(AliasExpansion.Failure) -> [AliasTarget] {
        do throws(AliasTarget.Malformed) {
            return try AliasTarget.parse(entry.text)
        } catch {
            throw AliasExpansion.Failure(
                status: "4.3.5",
                text: "alias \"\(entry.key)\" has a malformed target: \(error.text)"
            )
        }
    }

    private func notSupported(_ entry: AliasMaps.Entry, _ what: String) -> AliasExpansion.Failure {
        AliasExpansion.Failure(status: "4.3.5", text: "alias \"\(entry.key)\": \(what) is not supported yet")
    }

    private func lookup<T>(_ body: () async throws(LookupError) -> T) async throws(AliasExpansion.Failure) -> T {
        do throws(LookupError) {
            return try await body()
        } catch {
            throw AliasExpansion.Failure(status: "4.3.0", text: "alias database unavailable: \(error)")
        }
    }
}
