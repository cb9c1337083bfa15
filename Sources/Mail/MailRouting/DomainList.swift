// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// A list of domains: names, `.domain` for the domains below, `!pattern`, `/file`, `type:table`.
package struct DomainList: Sendable {
    private enum Entry: Sendable {
        /// Neighbouring names, so that a list of thousands is one look.
        case names(Set<String>, isNegated: Bool)
        case table(TableList, isNegated: Bool)
    }

    private var entries: [Entry] = []
    private let parentMatchesSubdomains: Bool

    /// Reads the list.
    ///
    /// - Parameters:
    ///   - elements: The elements, expanded.
    ///   - parameter: The parameter, for errors.
    ///   - parentMatchesSubdomains: Whether `example.org` stands for its subdomains too
    ///     (`parent_domain_matches_subdomains`); otherwise `.example.org` stands for these alone.
    ///   - pool: Where tables are opened.
    /// - Throws: The first element that cannot be used.
    package init(
        _ elements: [String],
        parameter: String,
        parentMatchesSubdomains: Bool = false,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        self.parentMatchesSubdomains = parentMatchesSubdomains
        for (isNegated, element) in try MatchList.resolve(elements, for: parameter, pool: &pool) {
            switch element {
            case .table(let table): entries.append(.table(table, isNegated: isNegated))
            case .pattern(let pattern):
                let name = pattern.lowercased()
                if case .names(var names, isNegated) = entries.last {
                    entries.removeLast()
                    names.insert(name)
                    entries.append(.names(names, isNegated: isNegated))
                } else {
                    entries.append(.names([name], isNegated: isNegated))
                }
            }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Tells whether the list holds `domain`, which must be in lower case.
    package func contains(_ domain: String) async throws(LookupError) -> Bool {
        guard !domain.isEmpty else { return false }
        let keys = DomainKeys.keys(of: domain, parentMatchesSubdomains: parentMatchesSubdomains)
        for entry in entries {
            switch entry {
            case .names(let names, let isNegated):
                if keys.contains(where: names.contains) { return !isNegated }
            case .table(let table, let isNegated):
                for (index, key) in keys.enumerated() {
                    if try await table.lookup(key, isPart: index > 0) != nil { return !isNegated }
                }
            }
        }
        return false
    }
}
