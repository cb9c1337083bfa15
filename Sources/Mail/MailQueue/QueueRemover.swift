// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization

/// Collects the messages that are done; one background thread takes their files away in batches, without a flush.
///
/// Until then, and after a power cut, such a file may still be there: its marks say that nothing is left to do.
package final class QueueRemover: Sendable {
    private let directories: QueueDirectories
    private let waiting = Mutex<[Done]>([])

    /// A message that is done, and where its file is.
    package struct Done: Sendable, Hashable {
        package let id: QueueID
        package let folder: QueueFolder

        package init(id: QueueID, folder: QueueFolder) {
            self.id = id
            self.folder = folder
        }
    }

    /// A batch this large should go at once; a smaller one after a second.
    package static let batch = 64

    package init(_ directories: QueueDirectories) {
        self.directories = directories
    }

    /// Adds a message, without touching the disk; returns the number that now wait.
    @discardableResult
    package func add(_ id: QueueID, in folder: QueueFolder) -> Int {
        waiting.withLock {
            $0.append(Done(id: id, folder: folder))
            return $0.count
        }
    }

    /// Whether anything waits.
    package var hasWaiting: Bool { waiting.withLock { !$0.isEmpty } }

    /// Unlinks what waits (blocks); the ones that could not be removed stay for the next time.
    ///
    /// - Returns: The failures, to be logged.
    package func removeAll() -> [(done: Done, error: QueueFileError)] {
        let batch = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        var failures: [(done: Done, error: QueueFileError)] = []
        for done in batch {
            crashPoint(.removeBefore)
            do throws(QueueFileError) {
                try directories.remove(done.id, in: done.folder)
            } catch {
                failures.append((done, error))
            }
            crashPoint(.removeAfter)
        }
        if !failures.isEmpty { waiting.withLock { $0 += failures.map(\.done) } }
        return failures
    }
}
