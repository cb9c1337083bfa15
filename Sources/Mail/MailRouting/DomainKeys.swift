// SPDX-License-Identifier: Apache-2.0

/// The keys by which a domain is looked for in lists and tables.
enum DomainKeys {
    /// How many labels are looked at from the left: no domain name has more (RFC 1035 section 2.3.4).
    private static let labelLimit = 128

    /// The domain and its parents, these as `example.org` where a parent matches its subdomains, otherwise as
    /// `.example.org`; an address literal has no parents, and no domain has no keys.
    static func keys(of domain: String, parentMatchesSubdomains: Bool) -> [String] {
        guard !domain.isEmpty else { return [] }
        var keys = [domain]
        guard !domain.hasPrefix("[") else { return keys }
        var rest = domain.utf8[...]
        while keys.count < labelLimit, let dot = rest.dropFirst().firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[dot...]
            keys.append(String(Substring(parentMatchesSubdomains ? rest.dropFirst() : rest)))
        }
        return keys
    }
}
