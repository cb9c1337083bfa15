// SPDX-License-Identifier: Apache-2.0
internal import MailAddress

/// The right-hand side of virtual(5): addresses separated by commas or white space, where `@domain` keeps the user.
enum AliasResult {
    enum Address: Equatable {
        case full(EmailAddress)
        case sameUser(domain: String)
    }

    /// Parses the text; nil where it is no list of addresses or holds more than `limit`.
    static func parse(_ text: String, limit: Int) -> [Address]? {
        var addresses: [Address] = []
        for word in words(text) {
            guard addresses.count < limit else { return nil }
            if word.first == UInt8(ascii: "@") {
                let domain = String(decoding: word.dropFirst(), as: UTF8.self)
                guard EmailAddress(localPart: "x", domain: domain) != nil, !domain.isEmpty else { return nil }
                addresses.append(.sameUser(domain: domain))
            } else {
                guard let address = EmailAddress(String(decoding: word, as: UTF8.self)) else { return nil }
                addresses.append(.full(address))
            }
        }
        return addresses.isEmpty ? nil : addresses
    }

    /// Splits at commas and white space outside of quotes.
    private static func words(_ text: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            let isSeparator = byte == UInt8(ascii: ",") || byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
            if isSeparator, !isQuoted, !isEscaped {
                if !word.isEmpty { words.append(word) }
                word.removeAll(keepingCapacity: true)
                continue
            }
            if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            word.append(byte)
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
