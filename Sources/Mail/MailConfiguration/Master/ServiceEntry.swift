// SPDX-License-Identifier: Apache-2.0

/// One line of master.cf: a service, where it listens and what runs it.
package struct ServiceEntry: Equatable, Sendable {
    /// What kind of listener a service has.
    package enum Kind: String, Sendable, CaseIterable {
        /// A TCP port.
        case inet
        /// A Unix-domain stream socket.
        case unix
        /// A Unix-domain datagram socket.
        case unixDatagram = "unix-dgram"
        /// A named pipe.
        case fifo
        /// A Unix-domain socket over which descriptors of accepted connections come.
        case pass
    }

    /// The number of the column `wakeup`.
    package struct WakeUp: Equatable, Sendable {
        /// Seconds between wake-ups; 0 means never.
        package let seconds: Int
        /// Whether the service is only woken after it was used once (`?`).
        package let onlyIfUsed: Bool

        package init(seconds: Int, onlyIfUsed: Bool = false) {
            self.seconds = seconds
            self.onlyIfUsed = onlyIfUsed
        }
    }

    /// The name as written: a path below `public` or `private`, or the inet form.
    package let name: String
    package let kind: Kind
    /// Whether only mail daemons may reach it: the socket lies in `private`, not in `public`.
    package let isPrivate: Bool
    /// Whether it runs as `mail_owner` and not as root.
    package let isUnprivileged: Bool
    /// Whether it runs chrooted to the queue.
    package let isChrooted: Bool
    package let wakeUp: WakeUp
    /// The most processes; 0 means no limit, nil means `default_process_limit`.
    package let processLimit: Int?
    /// The executable, below `daemon_directory`.
    package let command: String
    /// Its arguments, without the `-o` overrides.
    package let arguments: [String]
    /// The `-o name=value` in their order, unexpanded.
    package let overrides: [Override]
    package let file: String
    package let line: Int

    /// `-o name=value`.
    package struct Override: Equatable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What a service name of type inet says.
    ///
    /// `port`, `host:port`, `[host]:port`, `:port`; the port is a number or a name of services(5).
    package struct Endpoint: Equatable, Sendable {
        /// A host name or an address without brackets; nil for all of `inet_interfaces`.
        package let host: String?
        package let port: String
    }

    /// Where a service of type inet listens; nil for other types.
    package var endpoint: Endpoint? { kind == .inet ? Endpoint(name) : nil }

    /// The overrides as ``MainConfiguration/load(directory:overrides:hostFacts:services:rows:)`` wants them.
    package var overridePairs: [(String, String)] { overrides.map { ($0.name, $0.value) } }

    /// Whether an override or an argument refers to `$name`.
    func references(_ name: String) -> Bool {
        (overrides.map(\.value) + arguments).contains { text in
            guard text.utf8.contains(UInt8(ascii: "$")) else { return false }
            var expansion = Expansion { _ in "" }
            _ = try? expansion.expand(text)
            return expansion.referenced.contains(name)
        }
    }
}

extension ServiceEntry.Endpoint {
    /// Reads the inet form of a service name; nil where it is none.
    package init?(_ name: String) {
        let host: Substring
        let port: Substring
        if name.hasPrefix("[") {
            guard let close = name.firstIndex(of: "]") else { return nil }
            let rest = name[name.index(after: close)...]
            guard rest.hasPrefix(":") else { return nil }
            host = name[name.index(after: name.startIndex)..<close]
            port = rest.dropFirst()
            guard !host.isEmpty else { return nil }
        } else if let colon = name.lastIndex(of: ":") {
            host = name[..<colon]
            port = name[name.index(after: colon)...]
            guard !host.contains(":") else { return nil }
        } else {
            host = ""
            port = name[...]
        }
        guard Self.isPort(port), Self.isHost(host, isBracketed: name.hasPrefix("[")) else { return nil }
        self.init(host: host.isEmpty ? nil : String(host), port: String(port))
    }

    /// Whether a text can be a host's name or address; only brackets let it have colons, and a zone after `%`.
    private static func isHost(_ text: Substring, isBracketed: Bool) -> Bool {
        if text == "*" { return true }
        return text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            case UInt8(ascii: ":"), UInt8(ascii: "%"): isBracketed
            // A name in another script.
            case 0x80...: true
            default: false
            }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard let first = text.utf8.first else { return false }
        if (0x30...0x39).contains(first) { return UInt16(text).map { $0 > 0 } ?? false }
        return text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}
