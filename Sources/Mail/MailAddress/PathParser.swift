// SPDX-License-Identifier: Apache-2.0

/// Reads the paths of `MAIL FROM:` and `RCPT TO:` (RFC 5321 section 4.1.2, RFC 6531).
///
/// Beyond the grammar it takes what is in use: dots anywhere in a local part, and words and quoted strings joined by dots.
/// A source route is checked and dropped (RFC 5321 appendix C).
package struct PathParser: Equatable, Sendable {
    /// Which path is expected.
    package enum Kind: Equatable, Sendable {
        /// A sender: `<>` is allowed.
        case reverse
        /// A recipient.
        case forward
    }

    /// A path that was read, and the offset after it.
    package struct Result: Equatable, Sendable {
        /// The mailbox, without the source route.
        package let address: EmailAddress
        /// The offset of the first octet after the path.
        package let end: Int
    }

    /// Limits in octets.
    package var limits: AddressLimits
    /// Whether a path without `<` and `>` is an error (`strict_rfc821_envelopes`); otherwise it ends at a space.
    package var requiresBrackets: Bool
    /// Whether a local part alone is an error; `postmaster` never is one.
    package var requiresDomain: Bool

    /// Makes a parser.
    package init(limits: AddressLimits = AddressLimits(), requiresBrackets: Bool = true, requiresDomain: Bool = false) {
        self.limits = limits
        self.requiresBrackets = requiresBrackets
        self.requiresDomain = requiresDomain
    }

    /// Reads the path that begins at `start`; what follows it is the caller's.
    package func parse(
        _ bytes: Span<UInt8>,
        from start: Int = 0,
        as kind: Kind
    ) throws(AddressSyntaxError) -> Result {
        guard start >= 0, start <= bytes.count else { throw .malformed }
        var index = start
        let isBracketed = index < bytes.count && bytes[index] == UInt8(ascii: "<")
        guard isBracketed || !requiresBrackets else { throw .malformed }
        if isBracketed { index += 1 }
        if isBracketed, index < bytes.count, bytes[index] == UInt8(ascii: ">") {
            guard kind == .reverse else { throw .malformed }
            return Result(address: .null, end: index + 1)
        }
        try skipRoute(bytes, &index, start: start)
        let address = try mailbox(bytes, &index, start: start)
        if isBracketed {
            guard index < bytes.count else { throw .malformed }
            if AddressSyntax.isControl(bytes[index]) { throw .controlCharacter }
            guard bytes[index] == UInt8(ascii: ">") else { throw .malformed }
            index += 1
        } else if index < bytes.count, bytes[index] != UInt8(ascii: " ") {
            throw AddressSyntax.isControl(bytes[index]) ? .controlCharacter : .malformed
        }
        guard index - start <= limits.path else { throw .tooLong }
        return Result(address: address, end: index)
    }

    /// Reads one mailbox in external form (`"a b"@example.org`) that fills the whole text.
    package func parseMailbox(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> EmailAddress {
        var index = 0
        let address = try mailbox(bytes, &index, start: 0)
        guard index == bytes.count else {
            throw AddressSyntax.isControl(bytes[index]) ? .controlCharacter : .malformed
        }
        return address
    }

    // Source-route = At-domain *( "," At-domain ) ":"
    private func skipRoute(_ bytes: Span<UInt8>, _ index: inout Int, start: Int) throws(AddressSyntaxError) {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "@") else { return }
        while true {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "@") else { throw .malformed }
            index += 1
            _ = try domain(bytes, &index)
            guard index - start <= limits.path else { throw .tooLong }
            guard index < bytes.count else { throw .malformed }
            let separator = bytes[index]
            index += 1
            if separator == UInt8(ascii: ":") { return }
            guard separator == UInt8(ascii: ",") else { throw .malformed }
        }
    }

    // Mailbox = Local-part "@" ( Domain / address-literal )
    private func mailbox(
        _ bytes: Span<UInt8>,
        _ index: inout Int,
        start: Int
    ) throws(AddressSyntaxError) -> EmailAddress {
        let (local, wasQuoted) = try localPart(bytes, &index, start: start)
        guard index < bytes.count, bytes[index] == UInt8(ascii: "@") else {
            guard !local.isEmpty else { throw .malformed }
            let address = EmailAddress(uncheckedLocalPart: local, domain: "")
            guard !requiresDomain || address.localPartKey == "postmaster" else { throw .missingDomain }
            return address
        }
        guard !local.isEmpty || wasQuoted else { throw .malformed }
        index += 1
        return EmailAddress(uncheckedLocalPart: local, domain: try domain(bytes, &index))
    }

    // Local-part = Dot-string / Quoted-string
    private func localPart(
        _ bytes: Span<UInt8>,
        _ index: inout Int,
        start: Int
    ) throws(AddressSyntaxError) -> (text: String, wasQuoted: Bool) {
        var text: [UInt8] = []
        var inQuotes = false
        var wasQuoted = false
        while index < bytes.count {
            var byte = bytes[index]
            if AddressSyntax.isControl(byte) { throw .controlCharacter }
            if byte == UInt8(ascii: "\"") {
                inQuotes.toggle()
                wasQuoted = true
                index += 1
                continue
            }
            if inQuotes {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                    guard index < bytes.count else { throw .malformed }
                    byte = bytes[index]
                    if AddressSyntax.isControl(byte) { throw .controlCharacter }
                }
            } else if byte != UInt8(ascii: "."), !AddressSyntax.isAtomText(byte) {
                break
            }
            guard text.count < limits.localPart, index - start < limits.path else { throw .tooLong }
            text.append(byte)
            index += 1
        }
        guard !inQuotes else { throw .malformed }
        return (try decoded(text), wasQuoted)
    }

    // Domain = sub-domain *("." sub-domain)
    private func domain(_ bytes: Span<UInt8>, _ index: inout Int) throws(AddressSyntaxError) -> String {
        var raw: [UInt8] = []
        var inLiteral = false
        scan: while index < bytes.count {
            let byte = bytes[index]
            if AddressSyntax.isControl(byte) { throw .controlCharacter }
            switch byte {
            case UInt8(ascii: "["):
                guard raw.isEmpty else { throw .malformed }
                inLiteral = true
            case UInt8(ascii: ">"), UInt8(ascii: " "), UInt8(ascii: ","):
                break scan
            case UInt8(ascii: ":") where !inLiteral:
                break scan
            default:
                break
            }
            guard raw.count < limits.domain else { throw .tooLong }
            raw.append(byte)
            index += 1
        }
        let text = try decoded(raw)
        guard AddressSyntax.isDomain(text) else { throw .malformed }
        return text
    }

    private func decoded(_ bytes: [UInt8]) throws(AddressSyntaxError) -> String {
        guard let text = AddressSyntax.text(bytes) else { throw .invalidUTF8 }
        guard !AddressSyntax.holdsControl(text) else { throw .controlCharacter }
        return text
    }
}

extension EmailAddress {
    /// Makes an address of its external form (`"a b"@example.org`, `postmaster`), without angle brackets.
    package init?(_ externalForm: String) {
        let bytes = Array(externalForm.utf8)
        guard let address = try? PathParser().parseMailbox(bytes.span) else { return nil }
        self = address
    }
}
