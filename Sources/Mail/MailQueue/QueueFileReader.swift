// SPDX-License-Identifier: Apache-2.0
package import MailEnvelope
package import POSIX
internal import SystemPackage

/// Reads a queue file: by id, or from a descriptor that somebody handed over.
///
/// Its functions block. Nothing in the file is trusted: lengths are checked against the file, records against limits, all against their check
/// values.
package struct QueueFileReader: ~Copyable, Sendable {
    /// The file, for handing on.
    package let file: Descriptor
    package let header: QueueFileHeader
    private let limits: EnvelopeLimits

    /// Opens a message's file and checks its header.
    package init(
        opening id: QueueID,
        in folder: QueueFolder,
        of directories: QueueDirectories,
        limits: EnvelopeLimits = EnvelopeLimits()
    ) throws(QueueFileError) {
        try self.init(directories.open(id, in: folder), expecting: id, limits: limits)
    }

    /// Takes over an open file and checks its header.
    ///
    /// - Throws: `incomplete` where the file was never committed or is shorter than its header says.
    package init(
        _ file: consuming Descriptor,
        expecting id: QueueID? = nil,
        limits: EnvelopeLimits = EnvelopeLimits()
    ) throws(QueueFileError) {
        let length = QueueFileLayout.headerLength
        let bytes = try attempt(.read) { () throws(Errno) in try file.read(at: 0, count: length) }
        let header = try QueueFileHeader(decoding: bytes)
        guard id == nil || header.id == id else { throw .corrupt(.name) }
        let status = try attempt(.read) { () throws(Errno) in try file.status() }
        guard status.kind == .regular else { throw .corrupt(.layout) }
        guard status.size >= header.layout.committedLength else { throw .incomplete }
        self.file = file
        self.header = header
        self.limits = limits
    }

    /// The envelope, with its check value compared.
    package func envelope() throws(QueueFileError) -> Envelope {
        let layout = header.layout
        guard layout.envelopeLength <= limits.envelope else { throw .limitExceeded("envelope") }
        let bytes = try read(layout.envelopeOffset, layout.envelopeLength)
        guard Checksum(of: bytes).value == header.envelopeChecksum else { throw .corrupt(.envelope) }
        return try coding { () throws(EnvelopeError) in
            try Envelope(decoding: bytes, recipientCount: layout.recipientCount, limits: limits)
        }
    }

    /// The marks: the message's own, and one for each recipient in the envelope's order.
    package func marks() throws(QueueFileError) -> (message: MessageMark, recipients: [RecipientMark]) {
        let layout = header.layout
        guard layout.recipientCount <= limits.recipients else { throw .limitExceeded("recipients") }
        let bytes = try read(layout.marksOffset, layout.marksLength)
        let length = QueueFileLayout.markLength
        let recipients = (0..<layout.recipientCount).map { index in
            RecipientMark(decoding: bytes[((index + 1) * length)..<((index + 2) * length)], recipient: index)
        }
        return (MessageMark(decoding: bytes[..<length]), recipients)
    }

    /// The reason that a mark speaks of; nil where there is none, or it was lost.
    package func reason(of mark: RecipientMark) -> DeliveryReason? {
        guard
            let place = mark.reason, place.length <= DeliveryReason.longestStored,
            place.offset >= header.layout.committedLength, place.offset < QueueFileLayout.largest,
            let bytes = try? file.read(at: place.offset, count: place.length), bytes.count == place.length,
            Checksum(of: bytes).value == place.checksum
        else { return nil }
        return DeliveryReason(decoding: bytes)
    }

    /// Content bytes from `offset` on (0 is the content's beginning), fewer than `count` only at its end.
    package func content(at offset: Int, count: Int) throws(QueueFileError) -> [UInt8] {
        let length = header.layout.contentLength
        guard offset >= 0, offset < length, count > 0 else { return [] }
        return try read(header.layout.contentOffset + offset, min(count, length - offset))
    }

    /// Reads the whole content and compares its check value.
    package func verifyContent() throws(QueueFileError) {
        var checksum = Checksum()
        var offset = 0
        while offset < header.layout.contentLength {
            let part = try content(at: offset, count: 256 << 10)
            checksum.add(part.span)
            offset += part.count
        }
        guard checksum.value == header.contentChecksum else { throw .corrupt(.content) }
    }

    private func read(_ offset: Int, _ count: Int) throws(QueueFileError) -> [UInt8] {
        let bytes = try attempt(.read) { () throws(Errno) in try file.read(at: offset, count: count) }
        // The size was checked: somebody cut the file meanwhile.
        guard bytes.count == count else { throw .corrupt(.layout) }
        return bytes
    }
}
