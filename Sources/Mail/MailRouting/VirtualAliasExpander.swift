// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailAddress

/// Replaces a recipient by what `virtual_alias_maps` make of it, again and again, as cleanup(8) does.
package struct VirtualAliasExpander: Sendable {
    /// What a recipient became.
    package enum Outcome: Equatable, Sendable {
        /// The recipients that stand for the original one, none twice; the original itself where no alias is.
        case expanded(Expansion)
        /// The recipient cannot be expanded: mail for it waits (451 4.6.0) until the tables are mended.
        case failed(Failure)
    }

    /// The recipients that stand for one.
    package struct Expansion: Equatable, Sendable {
        /// The recipient as it was given, for `Original-Recipient` and the log.
        package let original: EmailAddress
        /// Where mail goes, in the order of the tables.
        package let recipients: [EmailAddress]
    }

    /// Why a recipient cannot be expanded.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// More recipients than `virtual_alias_expansion_limit`.
        case tooManyRecipients(limit: Int)
        /// Deeper than `virtual_alias_recursion_limit`.
        case tooDeep(limit: Int)
        /// A result longer than `virtual_alias_address_length_limit`.
        case tooLong(limit: Int)
        /// A result that is no list of addresses.
        case malformedResult(key: String)
        /// A table that could not answer.
        case lookup(LookupError)

        package var description: String {
            switch self {
            case .tooManyRecipients(let limit): "virtual alias expansion exceeds \(limit) recipients"
            case .tooDeep(let limit): "virtual alias nesting exceeds \(limit) levels"
            case .tooLong(let limit): "virtual alias result exceeds \(limit) bytes"
            case .malformedResult(let key): "virtual alias result for \"\(key)\" is no list of addresses"
            case .lookup(let error): error.description
            }
        }
    }

    /// An address that came out of a table and may go into one again.
    private struct Step {
        var address: EmailAddress
        /// The index of the address it came from, among the expanded ones.
        var parent: Int?
        var depth: Int
    }

    private let tables: TableList
    private let own: OwnDomains
    private let rewriter: AddressRewriter
    private let keys: AddressKeys
    private let propagatesExtension: Bool
    private let expansionLimit: Int
    private let recursionLimit: Int
    private let lengthLimit: Int

    /// Opens the tables.
    package init(
        _ settings: RoutingSettings,
        own: OwnDomains,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        tables = try pool.list(settings.virtualAliasMaps, for: .virtualAliasMaps)
        self.own = own
        rewriter = AddressRewriter(settings)
        keys = AddressKeys(settings)
        propagatesExtension = settings.propagateUnmatchedExtensions.contains { $0.lowercased() == "virtual" }
        expansionLimit = settings.virtualAliasExpansionLimit
        recursionLimit = settings.virtualAliasRecursionLimit
        lengthLimit = settings.virtualAliasAddressLengthLimit
    }

    /// Expands a recipient that an ``AddressRewriter`` has completed.
    ///
    /// An address among its own results stays, and so does one that leads back to an address it came from: a loop
    /// delivers rather than loses.
    package func expand(_ recipient: EmailAddress) async -> Outcome {
        guard !tables.isEmpty else {
            return .expanded(Expansion(original: recipient, recipients: [recipient]))
        }
        do throws(Failure) {
            return .expanded(Expansion(original: recipient, recipients: try await expansion(of: recipient)))
        } catch {
            return .failed(error)
        }
    }

    private func expansion(of recipient: EmailAddress) async throws(Failure) -> [EmailAddress] {
        var recipients: [EmailAddress] = []
        var isRecipient: Set<EmailAddress> = []
        var expanded: [Step] = []
        var indexOfExpanded: [EmailAddress: Int] = [:]
        var stack = [Step(address: recipient, parent: nil, depth: 0)]
        while let step = stack.popLast() {
            let results = indexOfExpanded[step.address] == nil ? try await results(for: step.address) : nil
            guard let results else {
                // Nothing more to make of it: a plain address, or one that was expanded already. The latter is kept
                // only where it closes a loop.
                if let index = indexOfExpanded[step.address], !isAncestor(index, of: step, expanded) { continue }
                if isRecipient.insert(step.address).inserted { recipients.append(step.address) }
                guard recipients.count <= expansionLimit else { throw .tooManyRecipients(limit: expansionLimit) }
                continue
            }
            guard step.depth < recursionLimit else { throw .tooDeep(limit: recursionLimit) }
            let index = expanded.count
            expanded.append(step)
            indexOfExpanded[step.address] = index
            guard stack.count + recipients.count + results.count <= expansionLimit else {
                throw .tooManyRecipients(limit: expansionLimit)
            }
            for address in results.reversed() {
                stack.append(Step(address: address, parent: index, depth: step.depth + 1))
            }
        }
        return recipients
    }

    private func isAncestor(_ index: Int, of step: Step, _ expanded: [Step]) -> Bool {
        var next = step.parent
        while let current = next, current >= index {
            if current == index { return true }
            next = expanded[current].parent
        }
        return false
    }

    /// What the tables make of one address, completed; nil where they do not know it.
    private func results(for address: EmailAddress) async throws(Failure) -> [EmailAddress]? {
        let found: (text: String, key: AddressKeys.Key)?
        do throws(LookupError) {
            let isOwn = try await own.contains(address.domainKey)
            found = try await tables.first(of: keys.all(address, isOwnDomain: isOwn))
        } catch {
            throw .lookup(error)
        }
        guard let found else { return nil }
        guard let parsed = AliasResult.parse(found.text, limit: expansionLimit) else {
            throw .malformedResult(key: found.key.text)
        }
        let suffix = propagatesExtension && found.key.leavesOutExtension ? keys.split(address)?.suffix : nil
        var results: [EmailAddress] = []
        for entry in parsed {
            let result = try self.result(entry, for: address, suffix: suffix, key: found.key.text)
            guard result.localPart.utf8.count + result.domain.utf8.count + 1 <= lengthLimit else {
                throw .tooLong(limit: lengthLimit)
            }
            results.append(result)
        }
        return results
    }

    private func result(
        _ entry: AliasResult.Address,
        for address: EmailAddress,
        suffix: String?,
        key: String
    ) throws(Failure) -> EmailAddress {
        switch entry {
        case .sameUser(let domain):
            // The whole local part, so the extension is in it already.
            guard let result = address.withDomain(domain) else { throw .malformedResult(key: key) }
            return rewriter.rewrite(result)
        case .full(let plain):
            guard let suffix else { return rewriter.rewrite(plain) }
            guard let result = EmailAddress(localPart: plain.localPart + suffix, domain: plain.domain) else {
                throw .tooLong(limit: lengthLimit)
            }
            return rewriter.rewrite(result)
        }
    }
}
