// SPDX-License-Identifier: Apache-2.0

/// Which keys a table is asked for, and the form they are compared in.
enum LookupKey {
    /// The longest key that is looked up, in bytes: far above any address (RFC 5321 section 4.5.3.1: 254).
    static let lengthLimit = 4096

    /// The longest key of several lines, in bytes: the default of header_size_limit.
    static let multilineLengthLimit = 102_400

    /// Tells whether a table may be asked for `key` at all.
    ///
    /// What comes from outside may hold NUL or line ends, which text sources cannot hold, C libraries cut short, and
    /// line protocols take for the end of the query.
    static func isAcceptable(_ key: String, multiline: Bool = false) -> Bool {
        let limit = multiline ? multilineLengthLimit : lengthLimit
        let bytes = key.utf8
        guard !bytes.isEmpty, bytes.count <= limit else { return false }
        return bytes.allSatisfy { byte in byte != 0 && (multiline || (byte != 10 && byte != 13)) }
    }

    /// Returns the key in lower case; a key that is lower-case ASCII already, the usual case, is returned as it is.
    static func folded(_ key: String) -> String {
        let needsFolding = key.utf8.contains { byte in byte >= 0x80 || (byte >= 0x41 && byte <= 0x5A) }
        return needsFolding ? key.lowercased() : key
    }
}
