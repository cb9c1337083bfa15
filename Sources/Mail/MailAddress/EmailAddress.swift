// SPDX-License-Identifier: Apache-2.0

/// A mailbox of RFC 5321: a local part and a domain, free of quoting, control characters and invalid UTF-8.
///
/// Two addresses are equal when their local parts are the same octets and their domains the same without regard to
/// ASCII case. Unicode normalisation plays no part, so no two spellings are confused.
package struct EmailAddress: Hashable, Sendable {
    /// The local part without quotes and backslashes; empty in the null path and in `""@example.org`.
    package let localPart: String
    /// The domain or address literal as it was given; empty in the null path and in a bare local part (`postmaster`).
    package let domain: String

    /// The null reverse path `<>`.
    package static let null = EmailAddress(uncheckedLocalPart: "", domain: "")

    init(uncheckedLocalPart localPart: String, domain: String) {
        self.localPart = localPart
        self.domain = domain
    }

    /// Makes an address of an unquoted local part and a domain; an empty domain makes a bare local part.
    ///
    /// Fails if a part is too long, holds a control character, if the domain is malformed, or if both are empty.
    package init?(localPart: String, domain: String, limits: AddressLimits = AddressLimits()) {
        guard localPart.utf8.count <= limits.localPart, domain.utf8.count <= limits.domain,
            !AddressSyntax.holdsControl(localPart), !AddressSyntax.holdsControl(domain)
        else { return nil }
        guard domain.isEmpty ? !localPart.isEmpty : AddressSyntax.isDomain(domain) else { return nil }
        self.init(uncheckedLocalPart: localPart, domain: domain)
    }

    /// Makes an address of its internal form, splitting at the last `@`; the empty text is the null path.
    package init?(internalForm text: String, limits: AddressLimits = AddressLimits()) {
        guard !text.isEmpty else {
            self = .null
            return
        }
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            self.init(localPart: text, domain: "", limits: limits)
            return
        }
        let domain = String(text[text.utf8.index(after: at)...])
        guard !domain.isEmpty else { return nil }
        self.init(localPart: String(text[..<at]), domain: domain, limits: limits)
    }

    /// Whether this is the null path `<>`.
    package var isNull: Bool {
        localPart.isEmpty && domain.isEmpty
    }

    /// The domain in ASCII lower case, as tables and comparisons want it.
    package var domainKey: String {
        Self.lowercasedASCII(domain)
    }

    /// The local part in ASCII lower case.
    package var localPartKey: String {
        Self.lowercasedASCII(localPart)
    }

    /// Whether an octet over 127 is in it, so that only SMTPUTF8 (RFC 6531) can carry it.
    package var needsUTF8: Bool {
        localPart.utf8.contains { $0 >= 0x80 } || domain.utf8.contains { $0 >= 0x80 }
    }

    /// The unquoted form `local@domain` for table look-ups and logs; not safe to parse as a header.
    package var internalForm: String {
        domain.isEmpty ? localPart : "\(localPart)@\(domain)"
    }

    /// The form for SMTP and headers, without angle brackets; the local part is quoted where the grammar asks for it.
    package var externalForm: String {
        guard !isNull else { return "" }
        let local = AddressSyntax.isDotString(localPart) ? localPart : Self.quoted(localPart)
        return domain.isEmpty ? local : "\(local)@\(domain)"
    }

    /// The address in angle brackets, as `MAIL FROM:` and `RCPT TO:` carry it.
    package var path: String {
        "<\(externalForm)>"
    }

    /// The address with another domain, or nil if that one is malformed.
    package func withDomain(_ domain: String) -> EmailAddress? {
        EmailAddress(localPart: localPart, domain: domain)
    }

    package static func == (left: EmailAddress, right: EmailAddress) -> Bool {
        left.localPart.utf8.elementsEqual(right.localPart.utf8)
            && left.domain.utf8.elementsEqual(right.domain.utf8) { lowercased($0) == lowercased($1) }
    }

    package func hash(into hasher: inout Hasher) {
        for byte in localPart.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0))
        for byte in domain.utf8 { hasher.combine(Self.lowercased(byte)) }
    }

    // Quoted-string = DQUOTE *QcontentSMTP DQUOTE
    private static func quoted(_ localPart: String) -> String {
        var text = "\""
        for scalar in localPart.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func lowercasedASCII(_ text: String) -> String {
        guard text.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return text }
        return String(decoding: text.utf8.map(lowercased), as: UTF8.self)
    }
}

extension EmailAddress: CustomStringConvertible {
    package var description: String {
        externalForm
    }
}
