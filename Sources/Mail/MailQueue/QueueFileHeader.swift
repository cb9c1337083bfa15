// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope

/// The first 128 bytes of a queue file; they are written last, and never changed.
package struct QueueFileHeader: Sendable, Equatable {
    /// The message's id: a file that lost its name (lost+found) can be put back.
    package let id: QueueID
    package let layout: QueueFileLayout
    /// CRC32C of the content.
    let contentChecksum: UInt32
    /// CRC32C of the envelope records.
    let envelopeChecksum: UInt32

    static let magic: [UInt8] = Array("RELAISQ".utf8) + [0]
    static let version: UInt16 = 1

    init(id: QueueID, layout: QueueFileLayout, contentChecksum: UInt32, envelopeChecksum: UInt32) {
        self.id = id
        self.layout = layout
        self.contentChecksum = contentChecksum
        self.envelopeChecksum = envelopeChecksum
    }

    /// The bytes: magic(8) version(2) length(2) flags(4) content(8) envelope(8) recipients(8) mark(4) idLength(4)
    /// id(32) contentCRC(4) envelopeCRC(4) zero(36) headerCRC(4), integers lowest byte first.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(QueueFileLayout.headerLength)
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: UInt16(QueueFileLayout.headerLength))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt64(layout.contentLength))
        bytes.append(littleEndian: UInt64(layout.envelopeLength))
        bytes.append(littleEndian: UInt64(layout.recipientCount))
        bytes.append(littleEndian: UInt32(QueueFileLayout.markLength))
        bytes.append(littleEndian: UInt32(id.text.utf8.count))
        bytes += id.text.utf8
        bytes += [UInt8](repeating: 0, count: 32 - id.text.utf8.count)
        bytes.append(littleEndian: contentChecksum)
        bytes.append(littleEndian: envelopeChecksum)
        bytes += [UInt8](repeating: 0, count: QueueFileLayout.headerLength - 4 - bytes.count)
        bytes.append(littleEndian: Checksum(of: bytes).value)
        return bytes
    }

    /// Reads a header.
    ///
    /// - Throws: `incomplete` for a header that was not written yet (too short, or zeros); `corrupt` for a damaged one.
    init(decoding bytes: [UInt8]) throws(QueueFileError) {
        let length = QueueFileLayout.headerLength
        guard bytes.count >= length, bytes.prefix(length).contains(where: { $0 != 0 }) else { throw .incomplete }
        guard bytes.starts(with: Self.magic) else { throw .corrupt(.header) }
        var reader = ByteReader(bytes[8..<length])
        guard let version = reader.integer(UInt16.self), let headerLength = reader.integer(UInt16.self) else {
            throw .incomplete
        }
        var trailer = ByteReader(bytes[(length - 4)..<length])
        guard trailer.integer(UInt32.self) == Checksum(of: Array(bytes[..<(length - 4)])).value else {
            throw .corrupt(.header)
        }
        // After the check value: a flipped bit is damage, not a later version.
        guard version == Self.version else { throw .unsupportedVersion(version) }
        guard
            Int(headerLength) == length,
            reader.integer(UInt32.self) == 0,
            let content = reader.integer(UInt64.self).flatMap(Int.init(exactly:)),
            let envelope = reader.integer(UInt64.self).flatMap(Int.init(exactly:)),
            let recipients = reader.integer(UInt64.self).flatMap(Int.init(exactly:)),
            reader.integer(UInt32.self).map(Int.init) == QueueFileLayout.markLength,
            let idLength = reader.integer(UInt32.self).map(Int.init), idLength <= 32,
            let idBytes = reader.take(32),
            let id = QueueID(String(decoding: idBytes.prefix(idLength), as: UTF8.self)),
            let contentChecksum = reader.integer(UInt32.self),
            let envelopeChecksum = reader.integer(UInt32.self),
            let layout = QueueFileLayout(
                contentLength: content,
                envelopeLength: envelope,
                recipientCount: recipients
            )
        else { throw .corrupt(.layout) }
        self.init(id: id, layout: layout, contentChecksum: contentChecksum, envelopeChecksum: envelopeChecksum)
    }
}
