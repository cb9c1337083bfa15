// SPDX-License-Identifier: Apache-2.0
package import MailAddress
package import MailEnvelope
internal import MailMessage

/// The lines that a final delivery puts in front of a message, and the loop that they reveal.
package enum HeadLines {
    /// The longest line (RFC 5322 section 2.1.1); an address has no place to fold it at.
    private static let lineLimit = 998

    /// The lines of a mailbox delivery: Return-Path (RFC 5321 section 4.4), X-Original-To, Delivered-To.
    ///
    /// Addresses are in external form. A value that is no address gives no line, so nothing breaks out of one; a sender
    /// that is none counts as the null reverse-path. `address` is the recipient's address, where it has been read.
    package static func lines(
        sender: String,
        recipient: Recipient,
        address: EmailAddress? = nil,
        marksDelivery: Bool = true
    ) -> [UInt8] {
        var lines = line("Return-Path", EmailAddress(internalForm: sender)?.path) ?? Array("Return-Path: <>\n".utf8)
        let final = address.map(\.externalForm) ?? external(recipient.address)
        let isOriginal = recipient.original.isEmpty || recipient.original == recipient.address
        lines += line("X-Original-To", isOriginal ? final : external(recipient.original)) ?? []
        return lines + (marksDelivery ? line("Delivered-To", final) ?? [] : [])
    }

    /// The Delivered-To line of an address in internal form; none where it is no address.
    package static func deliveredTo(_ address: String) -> [UInt8] {
        line("Delivered-To", external(address)) ?? []
    }

    /// Whether a header says that the message was delivered to the address before, without regard to case.
    package static func wasDelivered(to address: EmailAddress, header bytes: Span<UInt8>) -> Bool {
        var forms: [String] = []
        var scanner = HeaderScanner(bytes)
        while let field = scanner.next(bytes) {
            guard field.isNamed("Delivered-To", in: bytes) else { continue }
            if forms.isEmpty { forms = [address.externalForm.lowercased(), address.internalForm.lowercased()] }
            let value = String(decoding: field.unfoldedValue(in: bytes, limit: 1000), as: UTF8.self).lowercased()
            if forms.contains(value) { return true }
        }
        return false
    }

    private static func external(_ address: String) -> String? {
        guard let address = EmailAddress(internalForm: address), !address.isNull else { return nil }
        return address.externalForm
    }

    private static func line(_ name: String, _ value: String?) -> [UInt8]? {
        guard let value, isPrintable(value) else { return nil }
        let line = Array("\(name): \(value)\n".utf8)
        return line.count <= lineLimit + 1 ? line : nil
    }
}
