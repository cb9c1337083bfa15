// SPDX-License-Identifier: Apache-2.0

/// What CAPA tells (RFC 2449).
package struct POP3Capabilities: Equatable, Sendable {
    /// Whether STLS can be given now.
    package var hasStartTLS: Bool

    /// Whether USER and PASS are taken now.
    package var hasUser: Bool

    /// The mechanisms of AUTH that can be used now.
    package var mechanisms: [String]

    /// Makes a list; after log-in only the fixed part is of interest.
    package init(hasStartTLS: Bool = false, hasUser: Bool = false, mechanisms: [String] = []) {
        self.hasStartTLS = hasStartTLS
        self.hasUser = hasUser
        self.mechanisms = mechanisms
    }

    /// The whole response.
    package var bytes: [UInt8] {
        var lines = ["+OK", "CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE"]
        if hasStartTLS { lines.append("STLS") }
        if hasUser { lines.append("USER") }
        if !mechanisms.isEmpty { lines.append("SASL " + mechanisms.joined(separator: " ")) }
        lines.append(".")
        return [UInt8]((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }
}
