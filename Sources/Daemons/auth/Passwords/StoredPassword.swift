// SPDX-License-Identifier: Apache-2.0
internal import SASL

/// Why a stored password cannot be compared with anything.
enum StoredPasswordError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownScheme(String)
    /// The text does not belong to its scheme.
    case malformed

    var description: String {
        switch self {
        case .unknownScheme(let name): "Unknown scheme \(name)"
        case .malformed: "Invalid password in passdb: it is not of its scheme"
        }
    }
}

/// A password as a database holds it, ready to be compared.
///
/// Comparing may take a second of CPU: it runs in an offloaded thread.
struct StoredPassword: Sendable {
    private enum Check: Sendable {
        case plain(SASLSecret)
        case digest(Digest, SASLSecret, salt: [UInt8])
        case crypt([UInt8])
    }

    /// Longest text that is looked at; those of crypt(3) have up to 384 bytes.
    private static let limit = 2048

    private let check: Check

    // password = [ "{" scheme "}" ] text
    /// Reads a database's text; `defaultScheme` holds where it names none.
    init(_ text: [UInt8], defaultScheme: String) throws(StoredPasswordError) {
        var name = defaultScheme
        var rest = text[...]
        if text.first == UInt8(ascii: "{"), let end = text.firstIndex(of: UInt8(ascii: "}")) {
            name = String(decoding: text[1..<end].prefix(32), as: UTF8.self)
            rest = text[(end + 1)...]
        }
        guard let scheme = PasswordScheme(name: name) else { throw .unknownScheme(name) }
        guard rest.count <= Self.limit, !rest.contains(0) else { throw .malformed }
        switch scheme.kind {
        case .plain: check = .plain(SASLSecret(Array(rest)))
        case .crypt: check = .crypt(Array(rest))
        case .digest(let digest, let isSalted):
            guard let bytes = Self.decode(rest, scheme.encoding, hashLength: digest.length),
                isSalted ? bytes.count >= digest.length : bytes.count == digest.length
            else { throw .malformed }
            check = .digest(
                digest,
                SASLSecret(Array(bytes.prefix(digest.length))),
                salt: Array(bytes.dropFirst(digest.length))
            )
        }
    }

    /// Whether this is the user's password; equal lengths compare in a time that does not tell where they differ.
    func matches(_ password: SASLSecret) throws(StoredPasswordError) -> Bool {
        switch check {
        case .plain(let stored): return stored == password
        case .digest(let digest, let stored, let salt):
            guard let hash = digest.hash(password.bytes + salt) else { throw .malformed }
            return stored == SASLSecret(hash)
        case .crypt(let stored):
            // What the system puts in place of a password that nobody has.
            if stored.isEmpty || stored.first == UInt8(ascii: "*") || stored.first == UInt8(ascii: "!") { return false }
            guard let made = systemCrypt(password.bytes, setting: stored) else { throw .malformed }
            return SASLSecret(stored) == SASLSecret(made)
        }
    }

    private static func decode(
        _ text: ArraySlice<UInt8>,
        _ encoding: PasswordScheme.Encoding,
        hashLength: Int
    ) -> [UInt8]? {
        if encoding == .hex || (encoding == .either && text.count == 2 * hashLength) { return hex(text) }
        if let bytes = try? Base64.decode(text, maximum: limit) { return bytes }
        // Some programs leave the padding out.
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return try? Base64.decode(Array(text) + padding, maximum: limit)
    }

    private static func hex(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character &- UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character &- UInt8(ascii: "a") &+ 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character &- UInt8(ascii: "A") &+ 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}
