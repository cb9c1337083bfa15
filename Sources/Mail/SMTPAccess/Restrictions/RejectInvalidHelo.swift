// SPDX-License-Identifier: Apache-2.0
internal import LookupTables

/// `reject_invalid_helo_hostname`: no to a HELO that is neither a host name nor an address in brackets.
struct RejectInvalidHelo: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard let helo = context.helo, !Self.isValid(helo) else { return .dunno }
        return .reject(context.refusal(code, 5, 2, "Invalid name", of: .helo))
    }

    /// Whether it is a name of RFC 1123 section 2.1, underscores allowed, or an address literal.
    static func isValid(_ helo: String) -> Bool {
        if helo.hasPrefix("[") {
            guard helo.hasSuffix("]"), helo.utf8.count > 2 else { return false }
            let inside = helo.utf8.dropFirst().dropLast()
            let address = inside.starts(with: "IPv6:".utf8) ? inside.dropFirst(5) : inside
            return isAddress(String(Substring(address)))
        }
        if helo.contains(":") { return isAddress(helo) }
        guard (1...255).contains(helo.utf8.count) else { return false }
        let name = helo.hasSuffix(".") ? helo.dropLast() : helo[...]
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else { return false }
            return label.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...: true
                default: false
                }
            }
        }
    }

    private static func isAddress(_ text: String) -> Bool { IPAddress(text) != nil }
}
