// SPDX-License-Identifier: Apache-2.0

extension EmailAddress {
    /// The address without its detail, and the detail; nil if there is none.
    ///
    /// `delimiters` is `recipient_delimiter`: the first of its characters that occurs in the local part separates. A local
    /// part that begins with a delimiter is not split, nor are postmaster, mailer-daemon and double-bounce; with `-` among
    /// the delimiters neither are `owner-list` and `list-request` (`owner_request_special`).
    package func splittingDetail(
        delimiters: String,
        ownerRequestSpecial: Bool = true
    ) -> (base: EmailAddress, detail: String, delimiter: Character)? {
        guard !delimiters.isEmpty else { return nil }
        let key = localPartKey
        guard key != "postmaster", key != "mailer-daemon", key != "double-bounce" else { return nil }
        if ownerRequestSpecial, delimiters.utf8.contains(UInt8(ascii: "-")) {
            guard !key.hasPrefix("owner-"), !key.hasSuffix("-request") else { return nil }
        }
        let scalars = localPart.unicodeScalars
        guard let index = scalars.firstIndex(where: { delimiters.unicodeScalars.contains($0) }),
            index > scalars.startIndex
        else { return nil }
        let base = EmailAddress(uncheckedLocalPart: String(scalars[..<index]), domain: domain)
        return (base, String(scalars[scalars.index(after: index)...]), Character(scalars[index]))
    }
}
