// SPDX-License-Identifier: Apache-2.0
internal import MailAddress
internal import MailEnvelope
internal import MailMessage
internal import POSIX
internal import SystemPackage

/// The lines that a final delivery puts in front of a message, and the loop that they give away.
enum TraceHeader {
    /// What is read of a header at first, and where that does not hold it, at the most.
    private static let sizes = [16 << 10, 256 << 10]

    /// The lines of a mailbox delivery: Return-Path (RFC 5321 section 4.4), X-Original-To, Delivered-To.
    ///
    /// An address that is none, which no queue file should hold, gives no line: nothing may break out of one.
    static func lines(
        sender: String,
        recipient: Recipient,
        marksDelivery: Bool
    ) -> [UInt8] {
        var text = "Return-Path: \(EmailAddress(internalForm: sender)?.path ?? "<>")\n"
        let original = recipient.original.isEmpty ? recipient.address : recipient.original
        if let original = EmailAddress(internalForm: original) { text += "X-Original-To: \(original.externalForm)\n" }
        return Array(text.utf8) + (marksDelivery ? deliveredTo(recipient.address) : [])
    }

    /// The Delivered-To line of an address in internal form.
    static func deliveredTo(_ address: String) -> [UInt8] {
        guard let address = EmailAddress(internalForm: address) else { return [] }
        return Array("Delivered-To: \(address.externalForm)\n".utf8)
    }

    /// Whether a header says that the message was delivered to the address before, without regard to case.
    static func wasDelivered(to address: String, header bytes: Span<UInt8>) -> Bool {
        guard let address = EmailAddress(internalForm: address) else { return false }
        let forms = [address.externalForm.lowercased(), address.internalForm.lowercased()]
        var scanner = HeaderScanner(bytes)
        while let field = scanner.next(bytes) {
            guard field.isNamed("Delivered-To", in: bytes) else { continue }
            let value = String(decoding: field.unfoldedValue(in: bytes, limit: 1000), as: UTF8.self).lowercased()
            if forms.contains(value) { return true }
        }
        return false
    }

    /// The same for a message in a file; blocking.
    static func wasDelivered(
        to address: String,
        in file: borrowing Descriptor,
        offset: Int,
        length: Int
    ) throws(Errno) -> Bool {
        for size in sizes {
            let bytes = try file.read(at: offset, count: min(size, length))
            let isWhole = bytes.count >= length || HeaderScanner.split(bytes.span).bodyStart < bytes.count
            if isWhole || size == sizes.last { return wasDelivered(to: address, header: bytes.span) }
        }
        return false
    }
}
