// SPDX-License-Identifier: Apache-2.0
package import POSIX
internal import SystemPackage

/// Puts messages into Maildirs so that they survive a power cut when `deliver` returns.
///
/// One value serves a whole daemon, from any thread. Blocking: call it from offloaded threads, which have taken the
/// owner's file-system ids already.
package struct MaildirDelivery: Sendable {
    /// What became of a message.
    package struct Receipt: Sendable, Equatable {
        /// The file's name in `new/`, or in `cur/` with its flags.
        package let name: String
        /// Bytes in the file.
        package let size: Int
        /// Bytes with CRLF line ends.
        package let virtualSize: Int
    }

    private let folders: MaildirFolders
    private let sizeLimit: Int?

    /// A delivery to Maildirs; `sizeLimit` is the largest message (nil: any), `openFolders` how many stay open.
    package init(sizeLimit: Int? = nil, openFolders: Int = 128) {
        self.sizeLimit = sizeLimit
        folders = MaildirFolders(limit: openFolders)
    }

    /// Delivers `length` bytes of an open file from `offset` on, such as the content of a queue file.
    ///
    /// - Parameters:
    ///   - source: the open file, read with pread(2).
    ///   - offset: where the message begins.
    ///   - length: its bytes.
    ///   - header: whole lines that go before the message (`Return-Path: …\n`), in LF or CRLF form.
    ///   - folder: the Maildir; made with mode 0700 when it is not there.
    ///   - owner: whose file-system ids the calling thread has.
    /// - Returns: the file's name and sizes.
    /// - Throws: why the message is not in the mailbox; nothing is left of it then.
    package func deliver(
        _ source: borrowing Descriptor,
        offset: Int,
        length: Int,
        header: [UInt8] = [],
        to folder: String,
        owner: UInt32
    ) throws(DeliveryFailure) -> Receipt {
        let placed = try place(source, offset: offset, length: length, header: header, to: folder, owner: owner)
        try placed.flush()
        return placed.receipt
    }

    /// `deliver` without its last flush, which is the caller's to do.
    ///
    /// `head` is what the caller has read of the message already. A message with `flags` goes into `cur/`, where names
    /// have room for them.
    package func place(
        _ source: borrowing Descriptor,
        offset: Int,
        length: Int,
        head: [UInt8] = [],
        header: [UInt8] = [],
        to folder: String,
        owner: UInt32,
        flags: MessageFlags = []
    ) throws(DeliveryFailure) -> PlacedMessage {
        let content = MessageContentReader(source, offset: offset, head: head)
        return try place(
            length: length,
            header: header,
            to: folder,
            owner: owner,
            flags: flags
        ) { position, count throws(Errno) in
            try content.read(at: position, count: count)
        }
    }

    /// Whether `place` keeps nobody waiting for long: the message is small, and the Maildir is open already, on a file
    /// system of this host that needs no flush before the last one.
    package func isQuick(length: Int, to folder: String, owner: UInt32) -> Bool {
        length <= copyChunk / 2 && folders.isQuick(folder, owner: owner)
    }

    /// Delivers a message held in memory.
    package func deliver(
        _ message: [UInt8],
        header: [UInt8] = [],
        to folder: String,
        owner: UInt32
    ) throws(DeliveryFailure) -> Receipt {
        let placed = try place(length: message.count, header: header, to: folder, owner: owner) { position, count in
            Array(message[position..<min(message.count, position + count)])
        }
        try placed.flush()
        return placed.receipt
    }

    private func place(
        length: Int,
        header: [UInt8],
        to path: String,
        owner: UInt32,
        flags: MessageFlags = [],
        reading read: (_ position: Int, _ count: Int) throws(Errno) -> [UInt8]
    ) throws(DeliveryFailure) -> PlacedMessage {
        if let sizeLimit, header.count + length > sizeLimit {
            throw DeliveryFailure(.tooLarge(limit: sizeLimit), action: "deliver", path: path)
        }
        var attempt = 0
        while true {
            attempt += 1
            let folder: MaildirFolder
            let flagged: MaildirCur?
            do throws(Errno) {
                folder = try folders.folder(path, owner: owner)
                flagged = flags.isEmpty ? nil : try MaildirCur(path: path, owner: owner, flags: flags)
            } catch {
                let isLink = error == .tooManySymbolicLinkLevels
                let reason: DeliveryFailure.Reason =
                    isLink ? .unsafe("a symbolic link in it leads to another user's folder") : .system(error)
                throw DeliveryFailure(reason, action: "open maildir", path: path)
            }
            do throws(DeliveryFailure) {
                return try put(length: length, header: header, into: folder, flagged, path: path, reading: read)
            } catch {
                // The mailbox was removed or moved since it was opened: look again, once.
                guard attempt == 1, error.reason == .system(.noSuchFileOrDirectory) else { throw error }
                folders.forget(path, owner: owner)
            }
        }
    }

    /// The sequence: create in `tmp/`, write, write out, rename into `new/` or `cur/`; one fsync is left to do
    /// (Documentation/QueueStates.md).
    private func put(
        length: Int,
        header: [UInt8],
        into folder: MaildirFolder,
        _ flagged: MaildirCur?,
        path: String,
        reading read: (_ position: Int, _ count: Int) throws(Errno) -> [UInt8]
    ) throws(DeliveryFailure) -> PlacedMessage {
        let unique = MaildirName.unique()
        var action = "create file in tmp/"
        var isCreated = false
        do throws(Errno) {
            let file = try folder.tmp.open(unique, .createNew)
            isCreated = true
            crashPoint(.maildirCreated)
            action = "write file in tmp/"
            let lineEndings = try copyMessage(length: length, header: header, to: file, reading: read)
            crashPoint(.maildirWritten)
            let size = lineEndings.size
            let virtualSize = size + lineEndings.lines
            action = "flush file in tmp/"
            // Elsewhere an fsync may not carry a name that came later or before: content first, then the directory.
            if folder.ordersNames { try file.writeOut() } else { try file.synchronize() }
            action = "rename file from tmp/ to new/"
            let sized = MaildirName.sized(unique, size: size, virtualSize: virtualSize)
            let name = flagged?.name(sized) ?? sized
            if let flagged {
                try folder.tmp.renameNew(unique, to: name, in: flagged.folder)
            } else {
                try folder.tmp.renameNew(unique, to: name, in: folder.new)
            }
            crashPoint(.maildirRenamed)
            return PlacedMessage(
                receipt: Receipt(name: name, size: size, virtualSize: virtualSize),
                file: file,
                folder: folder,
                flagged: flagged,
                path: path
            )
        } catch {
            if isCreated { try? folder.tmp.remove(unique) }
            throw DeliveryFailure(.system(error), action: action, path: path)
        }
    }
}

/// How much of a message is read and written at once.
let copyChunk = 256 * 1024

/// Copies header lines and message to the start of a file, line ends as LF.
func copyMessage(
    length: Int,
    header: [UInt8],
    to file: borrowing Descriptor,
    reading read: (_ position: Int, _ count: Int) throws(Errno) -> [UInt8]
) throws(Errno) -> LineEndings {
    var lineEndings = LineEndings()
    var output: [UInt8] = []
    lineEndings.convert(header.span, into: &output)
    var position = 0
    var written = 0
    repeat {
        let chunk = try read(position, min(copyChunk, length - position))
        // A source shorter than promised must not become a shorter message.
        guard !chunk.isEmpty || length == 0 else { throw .ioError }
        position += chunk.count
        lineEndings.convert(chunk.span, into: &output)
        if position >= length { lineEndings.finish(into: &output) }
        try file.write(output.span, at: written)
        written += output.count
        output.removeAll(keepingCapacity: true)
    } while position < length
    return lineEndings
}
