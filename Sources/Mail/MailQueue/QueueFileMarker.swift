// SPDX-License-Identifier: Apache-2.0
package import MailEnvelope
internal import POSIX
internal import SystemPackage

/// Writes what became of the recipients into a queue file; only qmgr does.
///
/// A mark is one pwrite of 48 bytes and is not flushed: `kill -9` loses nothing of it, a power cut may, and then the
/// delivery is repeated. Its functions block.
package struct QueueFileMarker: ~Copyable, Sendable {
    private let file: Descriptor
    private let layout: QueueFileLayout
    /// Many recipients fail for the same reason; it is written once.
    private var written: [DeliveryReason: ReasonPlace] = [:]
    private var end: Int?

    /// Reasons beyond this many bytes make the older ones go.
    package static let reasonRoom = 1 << 20

    /// Opens a message's file; `layout` spares reading its header.
    package init(
        opening id: QueueID,
        in folder: QueueFolder,
        of directories: QueueDirectories,
        layout: QueueFileLayout? = nil
    ) throws(QueueFileError) {
        let file = try directories.openForUpdate(id, in: folder)
        if let layout {
            self.layout = layout
        } else {
            let length = QueueFileLayout.headerLength
            let header = try QueueFileHeader(
                decoding: attempt(.read) { () throws(Errno) in try file.read(at: 0, count: length) }
            )
            guard header.id == id else { throw .corrupt(.name) }
            self.layout = header.layout
        }
        self.file = file
    }

    /// Marks a recipient; `index` is its place in the envelope.
    package mutating func mark(
        _ index: Int,
        _ mark: RecipientMark,
        reason: DeliveryReason? = nil
    ) throws(QueueFileError) {
        guard (0..<layout.recipientCount).contains(index) else { throw .corrupt(.layout) }
        var mark = mark
        if let reason { mark.reason = try place(reason) }
        let bytes = mark.encoded(recipient: index)
        let offset = layout.markOffset(of: index)
        try attempt(.write) { () throws(Errno) in try file.write(bytes, at: offset) }
        crashPoint(.markWritten)
    }

    /// Marks the message as a whole.
    package func mark(_ mark: MessageMark) throws(QueueFileError) {
        let offset = layout.markOffset(of: nil)
        try attempt(.write) { () throws(Errno) in try file.write(mark.encoded(), at: offset) }
    }

    /// Makes the marks so far durable; where a repeated delivery would do harm.
    package func flush() throws(QueueFileError) {
        try attempt(.flush) { () throws(Errno) in try file.synchronize() }
    }

    private mutating func place(_ reason: DeliveryReason) throws(QueueFileError) -> ReasonPlace {
        if let place = written[reason] { return place }
        let bytes = reason.encoded()
        crashPoint(.markBeforeReason)
        let place = try attempt(.write) { () throws(Errno) -> ReasonPlace in
            var start = if let end { end } else { max(layout.committedLength, try file.status().size) }
            if start + bytes.count > layout.committedLength + Self.reasonRoom {
                // Marks that speak of the older reasons notice by the check value.
                try file.truncate(to: layout.committedLength)
                start = layout.committedLength
                written = [:]
            }
            try file.write(bytes, at: start)
            end = start + bytes.count
            return ReasonPlace(offset: start, length: bytes.count, checksum: Checksum(of: bytes).value)
        }
        crashPoint(.markReasonWritten)
        written[reason] = place
        return place
    }
}
