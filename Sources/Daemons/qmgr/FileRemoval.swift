// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailQueue
internal import POSIX
internal import Service

/// Takes the files of messages that are done away, in the background.
@Loop
final class FileRemoval {
    private let remover: QueueRemover
    private let worker: Worker
    private var isRunning = false
    /// Done, and their files perhaps still there.
    private var unlinking: Set<QueueID> = []
    /// Done since files began to be read, which may have been seen before.
    private var departed: Set<QueueID>?
    /// How many read files now.
    private var readers = 0

    init(_ directories: QueueDirectories, _ worker: Worker) {
        remover = QueueRemover(directories)
        self.worker = worker
    }

    /// Whether files wait to be removed.
    var isBehind: Bool { unlinking.count > 16 }

    /// Whether the file of a message that is done may still be there.
    func isUnderWay(_ id: QueueID) -> Bool { unlinking.contains(id) }

    func add(_ id: QueueID, in folder: QueueFolder) {
        crashPoint(.qmgrDone)
        remover.add(id, in: folder)
        unlinking.insert(id)
        departed?.insert(id)
        guard !isRunning else { return }
        isRunning = true
        // A worker that leaves waits for it: what stays would be delivered again.
        worker.workBegins()
        Loop.spawn {
            await self.removeFiles()
            self.isRunning = false
            self.worker.workEnds()
        }
    }

    private func removeFiles() async {
        let remover = self.remover
        while remover.hasWaiting {
            let batch = unlinking
            let failures = await offload { remover.removeAll() }
            for failure in failures { worker.start.log.error("\(failure.done.id): \(failure.error)") }
            unlinking.subtract(batch.subtracting(failures.map(\.done.id)))
            // What failed waits for the next message that is done.
            guard failures.isEmpty else { return }
        }
    }

    // MARK: Scans

    /// Remembers from now on which messages leave, so that what was read of them is not taken for new.
    func readingBegins() {
        readers += 1
        if departed == nil { departed = unlinking }
    }

    /// Whether a message that was read is gone meanwhile.
    func hasDeparted(_ id: QueueID) -> Bool { departed?.contains(id) ?? false }

    /// Ends what `readingBegins` began.
    func readingEnds() {
        readers -= 1
        if readers == 0 { departed = nil }
    }
}
