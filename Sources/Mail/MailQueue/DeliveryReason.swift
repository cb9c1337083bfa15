// SPDX-License-Identifier: Apache-2.0

/// Why a recipient is deferred or has failed: what the log, `mailctl queue show` and the sender's report say.
///
/// It is kept after the committed part of the queue file, with a check value; a lost one is only less to tell.
package struct DeliveryReason: Sendable, Hashable {
    /// Enhanced status code, as `4.4.1` (RFC 3463).
    package var status: String
    /// The host that answered (Remote-MTA of RFC 3464); empty when none did.
    package var remoteMTA: String
    /// `smtp` or `x-unix` (Diagnostic-Code of RFC 3464); empty without one.
    package var diagnosticType: String
    /// The reply, or what happened, in words.
    ///
    /// Control characters become `?`.
    package var text: String

    package init(status: String, text: String, remoteMTA: String = "", diagnosticType: String = "") {
        self.status = status
        self.text = text
        self.remoteMTA = remoteMTA
        self.diagnosticType = diagnosticType
    }

    /// Most bytes of each of the four.
    static let longest = 4096

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for part in [status, remoteMTA, diagnosticType, text] {
            let part = printable(part, limit: Self.longest)
            bytes.append(littleEndian: UInt16(clamping: part.utf8.count))
            bytes += part.utf8
        }
        return bytes
    }

    init?(decoding bytes: [UInt8]) {
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
        self.init(status: parts[0], text: parts[3], remoteMTA: parts[1], diagnosticType: parts[2])
    }
}
