// SPDX-License-Identifier: Apache-2.0
internal import MailMessage
package import POSIX
internal import SystemPackage

/// Appends messages to mbox files so that they survive a power cut when `deliver` returns.
///
/// Blocking: call it from offloaded threads, which have taken the owner's file-system ids already.
package struct MboxDelivery: Sendable {
    private let locking: MboxLocking
    private let sizeLimit: Int?

    /// A delivery; `sizeLimit` is the largest mailbox (`mailbox_size_limit`; nil: any).
    package init(locking: MboxLocking = MboxLocking(), sizeLimit: Int? = nil) {
        self.locking = locking
        self.sizeLimit = sizeLimit
    }

    /// Who the mail is from and whose mailbox it is.
    package struct Envelope: Sendable {
        /// The sender's address for the `From ` line; empty stands for MAILER-DAEMON.
        package let sender: String
        /// The moment of arrival, in seconds since the epoch.
        package let time: Int64
        /// The uid that owns the mailbox; a file of somebody else is refused.
        package let owner: UInt32
        /// The group of a mailbox that has to be made; nil leaves the thread's own.
        ///
        /// Its mode is 0600 either way.
        package let group: UInt32?

        package init(sender: String, time: Int64, owner: UInt32, group: UInt32? = nil) {
            self.sender = sender
            self.time = time
            self.owner = owner
            self.group = group
        }
    }

    /// Delivers `length` bytes of an open file from `offset` on.
    ///
    /// - Parameters:
    ///   - source: the open file, read with pread(2).
    ///   - offset: where the message begins.
    ///   - length: its bytes.
    ///   - head: what the caller has read of the message already.
    ///   - header: whole lines that go before the message, in LF or CRLF form.
    ///   - path: the mbox; made when it is not there.
    ///   - envelope: who the mail is from and whose mailbox it is.
    /// - Throws: why the message is not in the mailbox; the file has its old length then.
    package func deliver(
        _ source: borrowing Descriptor,
        offset: Int,
        length: Int,
        head: [UInt8] = [],
        header: [UInt8] = [],
        to path: String,
        envelope: Envelope
    ) throws(DeliveryFailure) {
        let content = MessageContentReader(source, offset: offset, head: head)
        try deliver(length: length, header: header, to: path, envelope: envelope) { position, count throws(Errno) in
            try content.read(at: position, count: count)
        }
    }

    /// Delivers a message held in memory.
    package func deliver(
        _ message: [UInt8],
        header: [UInt8] = [],
        to path: String,
        envelope: Envelope
    ) throws(DeliveryFailure) {
        try deliver(length: message.count, header: header, to: path, envelope: envelope) { position, count in
            Array(message[position..<min(message.count, position + count)])
        }
    }

    private func deliver(
        length: Int,
        header: [UInt8],
        to path: String,
        envelope: Envelope,
        reading read: (_ position: Int, _ count: Int) throws(Errno) -> [UInt8]
    ) throws(DeliveryFailure) {
        let mbox = try LockedMbox.open(
            MboxPlace(path: path, owner: envelope.owner),
            owner: envelope.owner,
            locking: locking,
            creation: (permissions: 0o600, group: envelope.group)
        )
        crashPoint(.mboxLocked)
        let oldSize: Int
        do throws(Errno) {
            oldSize = try mbox.file.status().size
        } catch {
            throw DeliveryFailure(.system(error), action: "stat", path: path)
        }
        if let sizeLimit, oldSize + header.count + length > sizeLimit {
            throw DeliveryFailure(.tooLarge(limit: sizeLimit), action: "append", path: path)
        }
        do throws(Errno) {
            let start = try mboxSeparator(of: mbox.file, size: oldSize) + fromLine(envelope)
            try append(start, length: length, header: header, to: mbox.file, at: oldSize, reading: read)
            crashPoint(.mboxWritten)
            try mbox.file.synchronize()
            // The file may be new, and its name must last too.
            if oldSize == 0 { try synchronizeDirectory(mbox.directory) }
            crashPoint(.mboxFlushed)
        } catch {
            try? mbox.file.truncate(to: oldSize)
            try? mbox.file.synchronize()
            throw DeliveryFailure(.system(error), action: "append", path: path)
        }
    }

    private func fromLine(_ envelope: Envelope) -> [UInt8] {
        let zone = Clock.zoneMinutes(at: envelope.time)
        return mboxFromLine(sender: envelope.sender, time: envelope.time, zoneMinutes: zone)
    }

    private func append(
        _ start: [UInt8],
        length: Int,
        header: [UInt8],
        to file: borrowing Descriptor,
        at offset: Int,
        reading read: (_ position: Int, _ count: Int) throws(Errno) -> [UInt8]
    ) throws(Errno) {
        var lineEndings = LineEndings()
        var quoting = MboxQuoting()
        var output = start
        var plain: [UInt8] = []
        lineEndings.convert(header.span, into: &plain)
        var position = 0
        var end = offset
        repeat {
            let chunk = try read(position, min(copyChunk, length - position))
            guard !chunk.isEmpty || length == 0 else { throw .ioError }
            position += chunk.count
            lineEndings.convert(chunk.span, into: &plain)
            if position >= length { lineEndings.finish(into: &plain) }
            quoting.quote(plain, into: &output)
            if position >= length {
                quoting.finish(into: &output)
                if !lineEndings.endsLine { output.append(UInt8(ascii: "\n")) }
                output.append(UInt8(ascii: "\n"))
            }
            try file.write(output.span, at: end)
            end += output.count
            output.removeAll(keepingCapacity: true)
            plain.removeAll(keepingCapacity: true)
        } while position < length
    }
}

/// The line that starts a message in an mbox: `From sender Fri Nov 20 09:05:00 2026`.
func mboxFromLine(sender: String, time: Int64, zoneMinutes: Int) -> [UInt8] {
    // Blanks and control characters would break the line's form.
    let name = sender.utf8.prefix(512).map { $0 <= 0x20 || $0 == 0x7f ? UInt8(ascii: "_") : $0 }
    let date = MailDate(secondsSince1970: time, zoneMinutes: zoneMinutes).mboxDate
    return Array("From ".utf8) + (name.isEmpty ? Array("MAILER-DAEMON".utf8) : name) + Array("  \(date)\n".utf8)
}

/// The line ends that are missing between what is in an mbox and the next `From ` line.
func mboxSeparator(of file: borrowing Descriptor, size: Int) throws(Errno) -> [UInt8] {
    guard size > 0 else { return [] }
    let newline = UInt8(ascii: "\n")
    let end = try file.read(at: max(0, size - 2), count: min(2, size))
    guard end.last == newline else { return [newline, newline] }
    return end.count == 2 && end.first == newline ? [] : [newline]
}
