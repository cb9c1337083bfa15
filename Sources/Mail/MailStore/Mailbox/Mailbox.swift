// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// One mailbox, as a session has it open.
///
/// All methods block (files are read and flushed): call them from offloaded threads. One at a time runs; values that
/// they return are the caller's own. What a method has changed is durable when it returns. Changes of other programs
/// are seen by `synchronise`.
package final class Mailbox: Sendable {
    /// The mailbox's name in UTF-8 with the storage's separator.
    package let name: String
    /// Whether it was opened for reading only (EXAMINE).
    package let isReadOnly: Bool
    /// The directories or the file to watch for changes.
    package let watchedPaths: [String]
    private let backend: Mutex<any MailboxBackend>

    init(
        name: String,
        isReadOnly: Bool,
        watchedPaths: [String],
        backend: consuming sending any MailboxBackend
    ) {
        self.name = name
        self.isReadOnly = isReadOnly
        self.watchedPaths = watchedPaths
        self.backend = Mutex(backend)
    }

    /// Reads what other programs changed, cheaply when nothing did, and gives UIDs to new messages.
    package func synchronise() throws(StoreError) -> MailboxView {
        try work { backend throws(StoreError) in try backend.synchronise() }
    }

    /// Changes flags and keywords of messages; UIDs that are gone are passed over.
    package func store(_ change: FlagChange, uids: [UInt32]) throws(StoreError) -> MailboxView {
        try refuseReadOnly("store flags")
        return try work { backend throws(StoreError) in try backend.store(change, uids: uids) }
    }

    /// Removes messages for good; UIDs that are gone are passed over.
    package func expunge(_ uids: [UInt32]) throws(StoreError) -> MailboxView {
        try refuseReadOnly("expunge")
        return try work { backend throws(StoreError) in try backend.expunge(uids) }
    }

    /// Sizes, and dates where wanted, of messages in the order of the UIDs; those that are gone are missing.
    package func attributes(of uids: [UInt32], withDates: Bool = true) throws(StoreError) -> [MessageAttributes] {
        try work { backend throws(StoreError) in try backend.attributes(uids, withDates: withDates) }
    }

    /// Formatted parts of messages that the user's index has, in the order of the UIDs; nil where there is no index.
    ///
    /// Messages of which nothing is known are missing; others may lack some of the parts.
    package func formatted(
        of uids: [UInt32],
        _ parts: FormattedMessage.Parts
    ) throws(StoreError) -> FormattedMessages? {
        try work { backend throws(StoreError) in try backend.formatted(uids, parts) }
    }

    /// Keeps formatted parts in the user's index; false where there is none, or no room.
    package func keep(_ messages: [(uid: UInt32, message: FormattedMessage)]) -> Bool {
        backend.withLock { backend in backend.keep(messages) }
    }

    /// Opens a message for reading.
    package func open(_ uid: UInt32) throws(StoreError) -> MessageFile {
        // A non-copyable value cannot leave the lock by return: it is carried out.
        var file: MessageFile?
        var failure: StoreError?
        backend.withLock { backend in
            do throws(StoreError) {
                file = try backend.open(uid)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let opened = file.take() else {
            throw StoreError(.noSuchMessage, action: "open message", subject: name)
        }
        return opened
    }

    /// The bytes of a message where they can be had at once: without the disk, and without waiting for another thread.
    ///
    /// It does not block, so an event loop may call it. Nil says nothing about the message: `open` it then.
    package func cachedContents(of uid: UInt32, limit: Int) -> [UInt8]? {
        backend.withLockIfAvailable { backend in backend.cachedContents(of: uid, limit: limit) } ?? nil
    }

    /// Begins a new message (APPEND).
    package func beginAppend() throws(StoreError) -> MessageWriter {
        let spool = try work { backend throws(StoreError) in try backend.beginAppend() }
        return MessageWriter(mailbox: self, spool: spool)
    }

    /// Makes finished messages part of the mailbox, all or none; for `MessageWriter`.
    func commit(_ messages: [NewMessage]) throws(StoreError) -> AppendResult {
        try work { backend throws(StoreError) in try backend.commit(messages) }
    }

    /// Copies messages with flags, keywords and dates to another mailbox, all or none.
    ///
    /// - Parameters:
    ///   - uids: the messages.
    ///   - target: where to; may be this mailbox.
    /// - Returns: the messages that were there, and the UIDs of their copies in the same order.
    /// - Throws: why nothing was copied.
    package func copy(
        _ uids: [UInt32],
        to target: Mailbox
    ) throws(StoreError) -> (sources: [UInt32], result: AppendResult) {
        for _ in 1...3 {
            let sources = try work { backend throws(StoreError) in try backend.linkSources(uids) }
            guard let sources else { break }
            do throws(StoreError) {
                let result = try target.work { backend throws(StoreError) in try backend.link(sources) }
                guard let result else { break }
                return (sources.files.map(\.uid), result)
            } catch {
                // Another program changed a flag, and so a name, meanwhile: look again.
                guard error.reason == .noSuchMessage else { throw error }
                _ = try synchronise()
            }
        }
        return try copyContent(uids, to: target)
    }

    /// Copies messages to another mailbox and then removes them here: a power cut may leave both, never none.
    package func move(
        _ uids: [UInt32],
        to target: Mailbox
    ) throws(StoreError) -> (sources: [UInt32], result: AppendResult, view: MailboxView) {
        try refuseReadOnly("move")
        let (sources, result) = try copy(uids, to: target)
        return (sources, result, try expunge(sources))
    }

    private func copyContent(
        _ uids: [UInt32],
        to target: Mailbox
    ) throws(StoreError) -> (sources: [UInt32], result: AppendResult) {
        let view = try synchronise()
        var copied: [UInt32] = []
        var messages: [NewMessage] = []
        for attributes in try attributes(of: uids) {
            guard let index = view.index(ofUID: attributes.uid) else { continue }
            let message = view.messages[index]
            let file = try open(attributes.uid)
            let spool = try target.work { backend throws(StoreError) in try backend.beginAppend() }
            var offset = 0
            while offset < file.size {
                let chunk = try file.read(at: offset, count: copyChunk)
                guard !chunk.isEmpty else { break }
                try storing("copy message", target.name) { () throws(Errno) in try spool.write(chunk) }
                offset += chunk.count
            }
            copied.append(attributes.uid)
            messages.append(
                NewMessage(
                    spool: spool,
                    flags: message.flags,
                    keywords: view.keywordNames(of: message),
                    internalDate: attributes.internalDate
                )
            )
        }
        return (copied, try target.commit(messages))
    }

    private func refuseReadOnly(_ action: String) throws(StoreError) {
        if isReadOnly { throw StoreError(.readOnly, action: action, subject: name) }
    }

    /// Runs under the lock.
    ///
    /// A result instead of a throw: `Mutex.withLock` infers the error type of its closure badly.
    private func work<R: Sendable>(
        _ body: (any MailboxBackend) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let result = backend.withLock { backend -> Result<R, StoreError> in
            do throws(StoreError) {
                return .success(try body(backend))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// A message on its way into a mailbox: `write` it, then `commit`; dropped without a commit it leaves nothing.
package final class MessageWriter: Sendable {
    private let mailbox: Mailbox
    private let spool: MessageSpool

    init(mailbox: Mailbox, spool: MessageSpool) {
        self.mailbox = mailbox
        self.spool = spool
    }

    /// Adds bytes of the message, in LF or CRLF form; blocking.
    package func write(_ chunk: [UInt8]) throws(StoreError) {
        try storing("write message", mailbox.name) { () throws(Errno) in try spool.write(chunk) }
    }

    /// Makes the message part of the mailbox, durably; once.
    ///
    /// - Parameters:
    ///   - flags: its flags.
    ///   - keywords: its keywords; those that the mailbox has no room for are left out.
    ///   - internalDate: seconds since the epoch; nil for now.
    /// - Returns: its UID.
    /// - Throws: why it is not in the mailbox.
    package func commit(
        flags: MessageFlags = [],
        keywords: [String] = [],
        internalDate: Int64? = nil
    ) throws(StoreError) -> AppendResult {
        let message = NewMessage(spool: spool, flags: flags, keywords: keywords, internalDate: internalDate)
        return try mailbox.commit([message])
    }
}
