// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import MailRouting
internal import POSIX
internal import Service

/// The engine's surroundings: gives it events and the time, and has its actions carried out.
@Loop
final class Queue {
    let worker: Worker
    let log: Logger
    let engine: QueueEngine
    let directories: QueueDirectories
    let boot: BootIdentity?
    private(set) var resolver: AddressResolver
    let reports: ReportClient
    let agents: AgentConnections
    let removal: FileRemoval
    /// When the last scan ended, in nanoseconds since the epoch; the end of time while there is one.
    private var lastScan = Int64.max
    /// Fulfilled when all that was on disk at the start is in memory.
    private let scanned = Promise<Void>()
    private var events: Deque<QueueEvent> = []
    private var isHandling = false
    private var wakeTimer: Timer?
    private var wakeTime = Int64.max
    /// Active messages that the worker knows of.
    private var countedWork = 0
    /// Who waits for the move of a message's file to end.
    private var moves: [QueueID: [Promise<Void>]] = [:]

    init(_ manager: QueueManager, _ worker: Worker) {
        self.worker = worker
        log = worker.start.log
        engine = QueueEngine(manager.settings)
        directories = manager.directories
        boot = manager.boot
        resolver = manager.resolver
        reports = ReportClient(path: worker.start.privateSocket("bounce"))
        agents = AgentConnections()
        removal = FileRemoval(manager.directories, worker)
    }

    /// Begins with what is on disk, then looks again now and then for files that nobody announced.
    func start() {
        Loop.spawn { [self] in
            await scan(QueueScanner.order)
            scanned.fulfil(())
            scheduleNextScan()
        }
    }

    /// Takes another configuration over while deliveries go on.
    ///
    /// - Throws: Where it needs what this process may not open.
    func configure(_ start: StartUp) throws {
        let (resolver, tables) = try QueueManager.openResolver(start)
        self.resolver = resolver
        worker.leave(onChangeOf: tables)
        give(.configured(QueueSettings(start.main, services: start.loadMaster())))
    }

    private func scheduleNextScan() {
        Loop.after(engine.settings.runDelay) { [self] in
            Loop.spawn { [self] in
                await scan([.incoming])
                scheduleNextScan()
            }
        }
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
                // Until the first scan has ended a full queue would look empty, and a flush would miss its messages.
                await scanned.get()
                try await AdministratorOrder(self, frames).carryOut(order)
            }
        }
    }

    /// Takes a message that cleanup announces.
    private func take(announced mail: QueuedMail) async {
        guard engine.mail(mail.id) == nil, !removal.isUnderWay(mail.id) else { return }
        // A scan may have found what is older than its end, and it may be done or half done: its file knows.
        guard mail.arrival > lastScan else { return await QueueScan(self).look(at: mail) }
        admit(mail)
    }

    /// Takes a message into memory; one that is there already stays as it is.
    func admit(_ mail: QueuedMail) {
        crashPoint(.qmgrAdmitted)
        give(.admitted(mail))
    }

    // MARK: The engine

    /// Gives the engine an event.
    ///
    /// What follows at once from its actions comes after it, not within it.
    func give(_ event: QueueEvent) {
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        while let event = events.popFirst() {
            engine.isRemovalBehind = removal.isBehind
            for action in engine.handle(event, at: Clock.wall) { carryOut(action) }
        }
        isHandling = false
        settleAccounts()
    }

    /// Has an order carried out on one message.
    ///
    /// - Returns: Whether it concerns the message.
    func order(_ order: MessageOrder, on id: QueueID) -> Bool {
        let (isConcerned, actions) = engine.carryOut(order, on: id, at: Clock.wall)
        isHandling = true
        for action in actions { carryOut(action) }
        isHandling = false
        give(.tick)
        return isConcerned
    }

    /// Tells the worker how much is under way, and sets the timer.
    private func settleAccounts() {
        while countedWork < engine.activeCount {
            countedWork += 1
            worker.workBegins()
        }
        while countedWork > engine.activeCount {
            countedWork -= 1
            worker.workEnds()
        }
        guard let wake = engine.nextWake else {
            wakeTimer?.cancel()
            wakeTimer = nil
            wakeTime = .max
            return
        }
        // A timer that fires too early does no harm.
        guard wakeTimer == nil || wake < wakeTime else { return }
        wakeTimer?.cancel()
        wakeTime = wake
        wakeTimer = Loop.after(wake > Clock.wall ? wake &- Clock.wall : 0) { [self] in
            wakeTimer = nil
            wakeTime = .max
            give(.tick)
        }
    }

    private func carryOut(_ action: QueueAction) {
        switch action {
        case .resolve(let id, let recipients):
            guard let mail = engine.mail(id) else { return }
            Loop.spawn { [self] in await resolve(mail, recipients) }
        case .connect(let transport, let agent):
            Loop.spawn { [self] in await agents.connect(transport, agent, self) }
        case .disconnect(let agent): agents.disconnect(agent)
        case .deliver(let delivery):
            if let mail = engine.mail(delivery.id) { agents.deliver(delivery, mail, self) }
        case .mark(let marking): mark(marking)
        case .report(let report):
            guard let mail = engine.mail(report.id) else { return }
            Loop.spawn { [self] in await send(report, mail) }
        case .move(let id, let from, let folder):
            Loop.spawn { [self] in await move(id, from, folder) }
        case .remove(let id, let folder): removal.add(id, in: folder)
        case .log(let note): write(note)
        }
    }

    // MARK: Moves

    private func move(_ id: QueueID, _ from: QueueFolder, _ folder: QueueFolder) async {
        let directories = directories
        var succeeded = true
        do throws(QueueFileError) {
            try await offload { () throws(QueueFileError) in try directories.move(id, from: from, to: folder) }
        } catch {
            succeeded = false
            log.error("\(id): cannot be moved to \(folder.rawValue): \(error)")
        }
        give(.moved(id, succeeded: succeeded))
        for waiter in moves.removeValue(forKey: id) ?? [] { waiter.fulfil(()) }
    }

    /// Waits until the file of a message is where an order wants it.
    func moveEnded(_ id: QueueID) async {
        guard engine.isMoving(id) else { return }
        let waiter = Promise<Void>()
        moves[id, default: []].append(waiter)
        await waiter.get()
    }
}
