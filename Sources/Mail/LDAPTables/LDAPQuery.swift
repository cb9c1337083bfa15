// SPDX-License-Identifier: Apache-2.0

/// What the directory is asked for one key.
package struct LDAPQuery: Sendable, Equatable {
    /// The longest key that is looked up, in bytes.
    package static let keyLimit = 4096

    package let base: String
    package let filter: String
    /// What the results are formatted with.
    package let key: LookupKeyParts

    /// Makes the query; nil where the key cannot be in the table, so that nobody is asked.
    ///
    /// That is so for an empty or overlong key, one that is not in `domain`, and one that lacks a part which the base,
    /// the filter or the result format asks for.
    package init?(_ key: String, _ settings: LDAPTableSettings) {
        guard !key.isEmpty, key.utf8.count <= Self.keyLimit else { return nil }
        let parts = LookupKeyParts(key)
        if let domains = settings.domains {
            guard let domain = parts.domain, !parts.localPart.isEmpty, domains.contains(domain.lowercased()) else {
                return nil
            }
        }
        guard settings.resultFormat.isSatisfied(by: parts),
            let base = settings.searchBase.query(parts, quoting: .distinguishedName),
            let filter = settings.queryFilter.query(parts, quoting: .filter)
        else { return nil }
        self.base = base
        self.filter = filter
        self.key = parts
    }
}
