// SPDX-License-Identifier: Apache-2.0

/// One server of `server_host`.
package struct LDAPServer: Sendable, Equatable, CustomStringConvertible {
    /// Where the server listens.
    package enum Place: Sendable, Equatable {
        /// A name or an address (IPv6 without brackets).
        case host(String, port: UInt16)
        /// A socket in the file system (`ldapi://`).
        case socket(path: String)
    }

    /// Where slapd of Debian listens for `ldapi:///`.
    private static let defaultSocket = "/var/run/slapd/ldapi"

    package let place: Place
    /// TLS from the first byte (`ldaps://`).
    package let isTLS: Bool

    package init(_ place: Place, isTLS: Bool = false) {
        self.place = place
        self.isTLS = isTLS
    }

    /// The server as a URL (RFC 4516), which libldap takes the name for the certificate's check from.
    package var url: String {
        switch place {
        case .host(let name, let port): "ldap\(isTLS ? "s" : "")://\(name.contains(":") ? "[\(name)]" : name):\(port)"
        case .socket(let path): "ldapi://\(Self.encoded(path))"
        }
    }

    package var description: String { url }

    /// Reads an element of `server_host`: `host`, `host:port`, `[v6]:port`, or an `ldap`, `ldaps` or `ldapi` URL.
    ///
    /// - Parameters:
    ///   - text: The element.
    ///   - defaultPort: `server_port`, for elements that name none.
    /// - Throws: A sentence that says what is wrong.
    package init(_ text: String, defaultPort: UInt16) throws(BadSetting) {
        let bytes = Array(text.utf8)
        guard let colon = Self.schemeEnd(bytes) else {
            self.init(try Self.hostAndPort(text, defaultPort: defaultPort))
            return
        }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        // Of a URL only scheme, host and port count, as with Postfix.
        let rest = bytes[(colon + 3)...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        let authority = String(decoding: rest, as: UTF8.self)
        switch scheme {
        case "ldapi":
            guard let path = Self.decoded(authority) else { throw BadSetting("\"\(text)\" has a broken % sequence") }
            guard path.isEmpty || path.hasPrefix("/"), path.utf8.count < 108, !path.utf8.contains(0) else {
                throw BadSetting("\"\(text)\" names no socket: ldapi://%2Fpath%2Fto%2Fsocket")
            }
            self.init(.socket(path: path.isEmpty ? Self.defaultSocket : path))
        case "ldap", "ldaps":
            let isTLS = scheme == "ldaps"
            let port: UInt16 = isTLS ? 636 : 389
            guard !authority.isEmpty else {
                self.init(.host("localhost", port: port), isTLS: isTLS)
                return
            }
            self.init(try Self.hostAndPort(authority, defaultPort: port), isTLS: isTLS)
        default: throw BadSetting("\"\(text)\": the URL is none of ldap://, ldaps://, ldapi://")
        }
    }

    private static func schemeEnd(_ bytes: [UInt8]) -> Int? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes.count >= colon + 3,
            bytes[colon + 1] == UInt8(ascii: "/"), bytes[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        return colon
    }

    private static func hostAndPort(_ text: String, defaultPort: UInt16) throws(BadSetting) -> Place {
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw BadSetting("\"\(text)\" lacks the closing bracket") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw BadSetting("\"\(text)\" is not [address]:port") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            // Several colons without brackets are an IPv6 address.
            if text.firstIndex(of: ":") == colon {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
        }
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy(isHostByte) else {
            throw BadSetting("\"\(text)\" is no host, host:port or URL")
        }
        guard let port else { return .host(String(host), port: defaultPort) }
        guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw BadSetting("\"\(text)\": \"\(port)\" is no port")
        }
        return .host(String(host), port: number)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func encoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if isHostByte(byte) && byte != UInt8(ascii: ":") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a value cannot be used: one sentence without a full stop.
package struct BadSetting: Error, Sendable, Equatable {
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}
