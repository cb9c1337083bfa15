// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import IPC
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import Service

/// The whole queue in memory: what arrives, what is due, what is done.
@Loop
final class Queue {
    let manager: QueueManager
    let worker: Worker
    let log: Logger
    private(set) var messages: [QueueID: QueuedMail] = [:]
    private(set) var scheduler: Scheduler?
    let reports: ReportClient
    private let remover: QueueRemover
    private var isRemoving = false
    /// Done, and their files perhaps still there.
    private var unlinking: Set<QueueID> = []
    /// Done since files began to be read, which may have been seen before.
    private var departed: Set<QueueID>?
    /// How many read files now.
    private var readers = 0
    /// When the last scan ended, in nanoseconds since the epoch; the end of time while there is one.
    private var lastScan = Int64.max
    private var dueTimer: Timer?
    private var dueTime = Int64.max
    /// Fulfilled when all that was on disk at the start is in memory.
    private let scanned = Promise<Void>()

    init(_ manager: QueueManager, _ worker: Worker) {
        self.manager = manager
        self.worker = worker
        log = worker.start.log
        reports = ReportClient(path: worker.start.privateSocket("bounce"))
        remover = QueueRemover(manager.directories)
        scheduler = Scheduler(self)
    }

    /// Begins with what is on disk, then looks again now and then for what nobody told of.
    func start() {
        Loop.spawn { [self] in
            await scan(QueueScanner.order)
            scanned.fulfil(())
            scheduleNextScan()
        }
    }

    private func scheduleNextScan() {
        Loop.after(manager.settings.runDelay) { [self] in
            Loop.spawn { [self] in
                await scan([.incoming])
                scheduleNextScan()
            }
        }
    }

    /// Whether files wait to be removed, so that a message that is done should be marked so: the disk may be slow to
    /// free files (`discard`), and a crash meanwhile would deliver all of them again.
    var isRemovalBehind: Bool { unlinking.count > 16 }

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

    private func scan(_ folders: [QueueFolder]) async {
        lastScan = .max
        await QueueScan(self).run(folders)
        lastScan = Clock.wall
    }

    // MARK: Conversations

    /// With cleanup: notices; with mailctl: orders.
    func converse(_ frames: FrameConnection) async throws {
        while let frame = try await frames.receive() {
            if frame.kind == QueuedMessage.kind {
                if let mail = QueuedMail(try frame.decode(QueuedMessage.self)) { await take(announced: mail) }
            } else {
                let order = try frame.decode(QueueOrder.self)
                // Before that a queue that is full would be called empty, and a flush would pass its messages by.
                await scanned.get()
                try await AdministratorOrder(self, frames).carryOut(order)
            }
        }
    }

    // MARK: Messages

    /// A message that cleanup tells of.
    private func take(announced mail: QueuedMail) async {
        guard messages[mail.id] == nil, !unlinking.contains(mail.id) else { return }
        // What is older than the end of a scan may have been found by it, and be done or half done: its file knows.
        guard mail.arrival > lastScan else { return await QueueScan(self).look(at: mail) }
        admit(mail)
    }

    /// Takes a message into memory; one that is there already stays as it is.
    func admit(_ mail: QueuedMail) {
        guard messages[mail.id] == nil else { return }
        crashPoint(.qmgrAdmitted)
        messages[mail.id] = mail
        if mail.folder == .hold { return }
        if mail.nextAttempt <= Clock.wall {
            activate(mail)
        } else {
            wake(at: mail.nextAttempt)
        }
    }

    /// Begins a pass over the recipients that are not done.
    func activate(_ mail: QueuedMail) {
        guard !mail.isActive, mail.folder != .hold, !worker.isRetiring else { return }
        mail.isActive = true
        mail.nextAttempt = 0
        worker.workBegins()
        log.info(
            "\(mail.id): from=<\(mail.sender)>, size=\(mail.content.length), nrcpt=\(mail.recipients.count) (queue active)"
        )
        Loop.spawn { [self] in await scheduler?.schedule(mail) }
    }

    /// All recipients of a pass have had their verdict: report, defer, or be done.
    func passEnded(_ mail: QueuedMail) {
        Loop.spawn { [self] in
            await PassEnd(self).finish(mail)
            mail.isActive = false
            worker.workEnds()
            if let order = mail.order {
                mail.order = nil
                if messages[mail.id] != nil { await AdministratorOrder.apply(order, to: mail, in: self) }
            }
        }
    }

    /// Nothing is left to do: the file goes, in the background.
    func remove(_ mail: QueuedMail) {
        messages[mail.id] = nil
        log.info("\(mail.id): removed")
        crashPoint(.qmgrDone)
        remover.add(mail.id, in: mail.folder)
        unlinking.insert(mail.id)
        departed?.insert(mail.id)
        guard !isRemoving else { return }
        isRemoving = true
        // A worker that leaves waits for it: what stays would be delivered again.
        worker.workBegins()
        Loop.spawn {
            await self.removeFiles()
            self.isRemoving = false
            self.worker.workEnds()
        }
    }

    /// A message whose file somebody has removed.
    func forget(_ mail: QueuedMail) {
        messages[mail.id] = nil
        log.warning("\(mail.id): its queue file is gone; nothing more is done for it")
    }

    private func removeFiles() async {
        let remover = self.remover
        while remover.hasWaiting {
            let batch = unlinking
            let failures = await offload { remover.removeAll() }
            for failure in failures { log.error("\(failure.done.id): \(failure.error)") }
            unlinking.subtract(batch.subtracting(failures.map(\.done.id)))
            // What failed waits for the next message that is done.
            guard failures.isEmpty else { return }
        }
    }

    // MARK: Times

    /// Has what is due at `time` (nanoseconds since the epoch) looked at then.
    func wake(at time: Int64) {
        guard time < dueTime else { return }
        dueTimer?.cancel()
        dueTime = time
        dueTimer = Loop.after(max(0, time &- Clock.wall)) { [self] in
            dueTime = .max
            activateDue()
        }
    }

    private func activateDue() {
        let now = Clock.wall
        var next = Int64.max
        for mail in messages.values where !mail.isActive && mail.folder != .hold {
            if mail.nextAttempt <= now {
                activate(mail)
            } else {
                next = min(next, mail.nextAttempt)
            }
        }
        if next != .max { wake(at: next) }
    }

    /// Tries everything again now (`mailctl queue flush`).
    func flush() -> Int {
        var count = 0
        scheduler?.forgetDead()
        for mail in messages.values where !mail.isActive && mail.folder != .hold {
            activate(mail)
            count += 1
        }
        return count
    }
}
