// SPDX-License-Identifier: Apache-2.0

/// How a password is stored: the name in braces before it, `{SHA512-CRYPT}$6$…`.
struct PasswordScheme: Equatable, Sendable {
    /// What the stored text is made of.
    enum Kind: Equatable, Sendable {
        /// The password itself.
        case plain
        /// A text of crypt(3), whose beginning names the method.
        case crypt
        /// A hash of the password, with a salt behind it where `isSalted`.
        case digest(Digest, isSalted: Bool)
    }

    /// How the bytes of a hash are written.
    enum Encoding: Equatable, Sendable {
        case hex
        case base64
        /// Hex where the length is that of a hash in hex, otherwise base64.
        case either
    }

    let kind: Kind
    let encoding: Encoding

    private init(_ kind: Kind, _ encoding: Encoding) {
        self.kind = kind
        self.encoding = encoding
    }

    // scheme = name [ ".b64" / ".base64" / ".hex" ]
    /// Finds a scheme by its name, without regard to case.
    init?(name: String) {
        let parts = name.uppercased().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let row = Self.rows[String(parts[0])] else { return nil }
        switch parts.count > 1 ? parts[1] : "" {
        case "": self = row
        case "B64", "BASE64": self = Self(row.kind, .base64)
        case "HEX": self = Self(row.kind, .hex)
        default: return nil
        }
    }

    private static let rows: [String: Self] = [
        "PLAIN": Self(.plain, .either), "CLEAR": Self(.plain, .either), "CLEARTEXT": Self(.plain, .either),
        // What crypt(3) reads from the text is the same for all of these.
        "CRYPT": Self(.crypt, .either), "DES-CRYPT": Self(.crypt, .either), "MD5-CRYPT": Self(.crypt, .either),
        "SHA256-CRYPT": Self(.crypt, .either), "SHA512-CRYPT": Self(.crypt, .either),
        "BLF-CRYPT": Self(.crypt, .either), "YESCRYPT": Self(.crypt, .either), "MD5": Self(.crypt, .either),
        "PLAIN-MD5": Self(.digest(.md5, isSalted: false), .hex),
        "LDAP-MD5": Self(.digest(.md5, isSalted: false), .base64),
        "SMD5": Self(.digest(.md5, isSalted: true), .base64),
        "SHA": Self(.digest(.sha1, isSalted: false), .either),
        "SHA1": Self(.digest(.sha1, isSalted: false), .either),
        "SSHA": Self(.digest(.sha1, isSalted: true), .base64),
        "SHA256": Self(.digest(.sha256, isSalted: false), .either),
        "SSHA256": Self(.digest(.sha256, isSalted: true), .base64),
        "SHA512": Self(.digest(.sha512, isSalted: false), .either),
        "SSHA512": Self(.digest(.sha512, isSalted: true), .base64),
    ]
}
