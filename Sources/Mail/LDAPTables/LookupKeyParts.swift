// SPDX-License-Identifier: Apache-2.0

/// A lookup's key and its parts as the `%` sequences of ldap_table(5) name them.
package struct LookupKeyParts: Sendable, Equatable {
    /// The whole key.
    package let whole: String
    /// What is before the last `@`; the whole key where there is none.
    package let localPart: String
    /// What is after the last `@`; nil where there is none or nothing.
    package let domain: String?

    package init(_ key: String) {
        whole = key
        guard let at = key.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            localPart = key
            domain = nil
            return
        }
        localPart = String(key[..<at])
        let rest = key[key.utf8.index(after: at)...]
        domain = rest.isEmpty ? nil : String(rest)
    }

    /// The label of the domain, 1 being the last; nil where there are fewer or it is empty.
    func label(_ number: Int) -> String? {
        guard let labels = domain?.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false),
            number >= 1, number <= labels.count
        else { return nil }
        let label = labels[labels.count - number]
        return label.isEmpty ? nil : String(label)
    }
}
