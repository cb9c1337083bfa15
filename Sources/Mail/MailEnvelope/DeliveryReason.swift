// SPDX-License-Identifier: Apache-2.0

/// The Diagnostic-Code type of RFC 3464 section 2.3.6: who wrote the text of a reason.
package enum DiagnosticType: String, Sendable, Hashable {
    /// This system.
    case own = ""
    /// A remote host, in an SMTP or LMTP reply.
    case smtp = "smtp"
    /// A program on this host.
    case unix = "x-unix"
}

/// Why a recipient is deferred or has failed: the part of an outcome that the log, `mailctl queue show` and the report to
/// the sender repeat.
///
/// The queue file keeps it after the committed part, with a check value. A lost reason costs an explanation, not mail.
package struct DeliveryReason: Sendable, Hashable {
    /// Enhanced status code, as `4.4.1` (RFC 3463).
    package var status: String
    /// The host that answered (Remote-MTA of RFC 3464); empty when none did.
    package var remoteMTA: String
    package var diagnosticType: DiagnosticType
    /// The reply, or what happened, in words.
    ///
    /// Control characters are stored as `?`.
    package var text: String

    package init(status: String, text: String, remoteMTA: String = "", diagnosticType: DiagnosticType = .own) {
        self.status = status
        self.text = text
        self.remoteMTA = remoteMTA
        self.diagnosticType = diagnosticType
    }

    /// Most bytes of each of the four parts.
    private static let longest = 4096
    /// Most bytes of a stored reason.
    package static let longestStored = 4 * (longest + 2)

    /// The stored form: status, remote host, type and text, each with its length in front (2 bytes, lowest first).
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for part in [status, remoteMTA, diagnosticType.rawValue, text] {
            let part = printable(part, limit: Self.longest)
            bytes.append(littleEndian: UInt16(clamping: part.utf8.count))
            bytes += part.utf8
        }
        return bytes
    }

    /// Reads the stored form; nil for anything else.
    package init?(decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes[...])
        var parts: [String] = []
        for _ in 0..<4 {
            guard
                let length = reader.integer(UInt16.self), length <= Self.longest,
                let value = reader.take(Int(length)),
                let part = String(validating: value, as: UTF8.self), isPrintable(part)
            else { return nil }
            parts.append(part)
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            status: parts[0],
            text: parts[3],
            remoteMTA: parts[1],
            diagnosticType: DiagnosticType(rawValue: parts[2]) ?? .own
        )
    }
}
