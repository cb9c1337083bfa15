// SPDX-License-Identifier: Apache-2.0
package import MailEnvelope
internal import POSIX
internal import Synchronization

/// A message that is durable now.
package struct CommittedFile: Sendable, Equatable {
    package let id: QueueID
    package let folder: QueueFolder
    /// Where its parts lie: what qmgr needs to hand the content out and to mark recipients without reading the file.
    package let layout: QueueFileLayout
}

/// A new message on its way to the queue: reserve an id, write the content, commit with the envelope.
///
/// Up to `pendingLimit` bytes stay in memory, so an ordinary message touches the disk in `commit` alone: open, lock, one
/// pwrite, fchmod, fsync, close. `append` never blocks; `flush`, `write` and `commit` do (offloaded threads). A writer
/// that is let go without a commit takes its file away.
package final class QueueFileWriter: Sendable {
    /// The message's id; known before anything is written, for the Received header and the log.
    package let id: QueueID
    /// The bytes kept in memory before `flush` is due.
    package static let pendingLimit = 128 << 10

    private let draft: Mutex<QueueFileDraft>

    /// Reserves an id; the file is made when something must be written.
    package init(
        in directories: QueueDirectories,
        ids: QueueIDSource,
        folder: QueueFolder = .incoming,
        limits: EnvelopeLimits = EnvelopeLimits(),
        now: Int64 = Clock.wall
    ) {
        id = ids.next(at: now)
        draft = Mutex(QueueFileDraft(id: id, directories: directories, folder: folder, limits: limits))
    }

    deinit {
        abort()
    }

    /// Bytes of content so far.
    package var contentLength: Int { draft.withLock { $0.contentLength } }

    /// Whether so much is in memory that `flush` is due.
    package var isFlushDue: Bool { draft.withLock { $0.pending.count >= Self.pendingLimit } }

    /// Adds content in memory.
    package func append(_ content: [UInt8]) {
        append(content[...])
    }

    /// Adds content in memory.
    package func append(_ content: ArraySlice<UInt8>) {
        draft.withLock { $0.append(content) }
    }

    /// Writes what is in memory to the file, where that is due (`isFlushDue`).
    ///
    /// - Throws: After any error the file is gone and the writer finished.
    package func flush() throws(QueueFileError) {
        guard isFlushDue else { return }
        try run { draft throws(QueueFileError) in try draft.writePending() }
    }

    /// Adds content and writes when enough came together.
    package func write(_ content: [UInt8]) throws(QueueFileError) {
        append(content)
        try flush()
    }

    /// Has the message queued in `hold` instead.
    ///
    /// - Throws: After any error the file is gone and the writer finished.
    package func hold() throws(QueueFileError) {
        try run { draft throws(QueueFileError) in try draft.change(to: .hold) }
    }

    /// Makes the message durable: when this returns, content, envelope and name survive a power cut.
    ///
    /// - Throws: After any error the file is gone; the flush is never tried a second time on the same file.
    package func commit(_ envelope: Envelope) throws(QueueFileError) -> CommittedFile {
        try run { draft throws(QueueFileError) in try draft.commit(envelope) }
    }

    /// Gives the message up: the file, if there is one, goes.
    package func abort() {
        draft.withLock { $0.discard() }
    }

    private func run<Value: Sendable>(
        _ body: @Sendable (inout QueueFileDraft) throws(QueueFileError) -> Value
    ) throws(QueueFileError) -> Value {
        let result = draft.withLock { draft -> Result<Value, QueueFileError> in
            do throws(QueueFileError) {
                return .success(try body(&draft))
            } catch {
                draft.discard()
                return .failure(error)
            }
        }
        return try result.get()
    }
}
