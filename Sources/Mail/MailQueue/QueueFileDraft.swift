// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import POSIX
internal import SystemPackage

/// The work of a `QueueFileWriter`: the accept sequence of `Documentation/QueueStates.md`.
struct QueueFileDraft: ~Copyable, Sendable {
    let id: QueueID
    let directories: QueueDirectories
    private(set) var folder: QueueFolder
    let limits: EnvelopeLimits

    /// The file while it is open; with its last reference it closes, and the lock goes.
    private var file: SharedDescriptor?
    private var isFinished = false
    /// What is not in the file yet; it begins with the header's room while nothing was written.
    private(set) var pending = [UInt8](repeating: 0, count: QueueFileLayout.headerLength)
    /// Where `pending` belongs.
    private var offset = 0
    private(set) var contentLength = 0
    private var checksum = Checksum()

    init(id: QueueID, directories: QueueDirectories, folder: QueueFolder, limits: EnvelopeLimits) {
        self.id = id
        self.directories = directories
        self.folder = folder
        self.limits = limits
    }

    mutating func append(_ content: ArraySlice<UInt8>) {
        guard !isFinished else { return }
        pending.append(contentsOf: content)
        contentLength += content.count
    }

    mutating func writePending() throws(QueueFileError) {
        let file = try openFile()
        addPendingToChecksum()
        try put(pending, at: offset, in: file)
        offset += pending.count
        pending.removeAll(keepingCapacity: true)
        crashPoint(.acceptContentWritten)
    }

    /// Changes the folder of a message that is not committed; a file that is there gets its other name.
    mutating func change(to other: QueueFolder) throws(QueueFileError) {
        guard !isFinished else { throw .finished }
        guard other != folder else { return }
        if file != nil {
            // No flush: until the commit nothing has to survive.
            try directories.rename(id, from: folder, to: other)
        }
        folder = other
    }

    mutating func commit(_ envelope: Envelope) throws(QueueFileError) -> CommittedFile {
        let limits = limits
        let records = try coding { () throws(EnvelopeError) in try envelope.encoded(limits: limits) }
        let counted = QueueFileLayout(
            contentLength: contentLength,
            envelopeLength: records.count,
            recipientCount: envelope.recipients.count
        )
        guard let layout = counted else { throw .limitExceeded("content") }
        let file = try openFile()
        let isWhole = offset == 0
        addPendingToChecksum()
        let header = QueueFileHeader(
            id: id,
            layout: layout,
            contentChecksum: checksum.value,
            envelopeChecksum: Checksum(of: records).value
        ).encoded()
        pending.append(contentsOf: records)
        pending.append(contentsOf: repeatElement(0, count: layout.marksLength))
        // In one write where nothing was written before; else the header last, when all it speaks of is there.
        if isWhole { pending.replaceSubrange(..<header.count, with: header) }
        try put(pending, at: offset, in: file)
        crashPoint(.acceptBeforeHeader)
        if !isWhole { try put(header, at: 0, in: file) }
        crashPoint(.acceptHeaderWritten)
        try attempt(.mode) { () throws(Errno) in try file.descriptor.setPermissions(QueueFileDraft.committedMode) }
        crashPoint(.acceptBeforeFlush)
        try attempt(.flush) { () throws(Errno) in try file.descriptor.synchronize() }
        try directories.synchronizeName(of: id, in: folder)
        crashPoint(.acceptFlushed)
        isFinished = true
        self.file = nil
        pending = []
        return CommittedFile(id: id, folder: folder, layout: layout)
    }

    /// The mode of a file whose writer came to the end: tells damage from an unfinished file.
    static let committedMode: UInt32 = 0o700

    /// Takes the file away, unless it was committed.
    mutating func discard() {
        guard !isFinished else { return }
        isFinished = true
        pending = []
        guard file != nil else { return }
        file = nil
        // Nobody was told of it; a restart removes what is left over here.
        try? directories.remove(id, in: folder)
    }

    private mutating func addPendingToChecksum() {
        var sum = checksum
        sum.add(pending.span.extracting(droppingFirst: offset == 0 ? QueueFileLayout.headerLength : 0))
        checksum = sum
    }

    private mutating func openFile() throws(QueueFileError) -> SharedDescriptor {
        guard !isFinished else { throw .finished }
        if let file { return file }
        let opened = SharedDescriptor(try directories.create(id, in: folder))
        file = opened
        crashPoint(.acceptOpened)
        // Tells a restarted qmgr that the writer lives; the kernel lets it go when the writer dies. It waits only for a
        // scan that looks at the empty file just now.
        let isLocked = try attempt(.lock) { () throws(Errno) in
            try opened.descriptor.lock(exclusive: true, wait: true)
        }
        guard isLocked else { throw .system(.lock, .resourceTemporarilyUnavailable) }
        crashPoint(.acceptLocked)
        return opened
    }

    private func put(_ bytes: [UInt8], at offset: Int, in file: SharedDescriptor) throws(QueueFileError) {
        try attempt(.write) { () throws(Errno) in try file.descriptor.write(bytes, at: offset) }
    }
}
