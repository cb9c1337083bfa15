// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import Instance
internal import InternalProtocols
internal import Logging
internal import MailConfiguration
internal import POSIX

/// One service: its listeners, its workers, and when another one is started.
///
/// A worker is started when a connection waits (or a wake-up is due) and no worker is free; ahead of that where some
/// are to be idle at any time, or a service is known to need the next one. The process limit must not be reached, and no
/// crash be waited out.
@Loop
final class ServiceSupervisor {
    /// Until it reports that it serves, in nanoseconds.
    private static let startLimit = Int64.seconds(30)
    /// How long the one process of a service may take to leave after a reload, in nanoseconds.
    private static let successionLimit = Int64.seconds(30)

    private(set) var definition: ServiceDefinition
    private var listeners: [(specification: ListenerSpecification, listener: BoundListener)]
    private var launcher: WorkerLauncher
    private let log: Logger
    private(set) var workers: [WorkerProcess] = []
    private var throttle = RestartThrottle()
    private var resumption: Timer?
    private var wakeUpTimer: Timer?
    /// A wake-up waits for a worker.
    private var isWakeUpDue = false
    private var isEnding = false
    private var starts = 0
    private var crashes = 0
    private var lastLimitWarning: Int64?

    init(
        _ definition: ServiceDefinition,
        listeners: [(specification: ListenerSpecification, listener: BoundListener)],
        launcher: WorkerLauncher,
        log: Logger
    ) {
        self.definition = definition
        self.listeners = listeners
        self.launcher = launcher
        self.log = log
    }

    /// Begins to watch; services that are woken up regularly are started at once.
    func start() {
        scheduleWakeUp()
        if definition.wakeUp.seconds > 0 && !definition.wakeUp.onlyIfUsed { isWakeUpDue = true }
        evaluate()
    }

    /// Goes on with another definition (reload).
    ///
    /// Workers that can take the new configuration in place are sent it; the others take no more connections and leave.
    /// Where the service's own line has changed (its limit, arguments, listeners), all of them leave.
    func adopt(
        _ definition: ServiceDefinition,
        listeners: [(specification: ListenerSpecification, listener: BoundListener)],
        launcher: WorkerLauncher
    ) {
        for (_, listener) in self.listeners { listener.unwatch() }
        let staysInPlace =
            definition.isSameProcess(as: self.definition) && launcher.startsSameProcess(as: self.launcher, definition)
            && listeners.map { ObjectIdentifier($0.listener) } == self.listeners.map { ObjectIdentifier($0.listener) }
        self.definition = definition
        self.listeners = listeners
        self.launcher = launcher
        for worker in workers where !(staysInPlace && reload(worker)) { retire(worker) }
        throttle = RestartThrottle()
        start()
    }

    /// Is in the configuration no more: its workers leave, none is started.
    func depart() {
        end()
        retireWorkers()
    }

    /// Whether it has listeners of the network: those services end first.
    var isFacingNetwork: Bool {
        definition.listeners.contains { $0.address.path == nil }
    }

    /// Stops: its workers leave as soon as what is being done has ended.
    func stop() {
        end()
        for worker in workers { worker.stop() }
    }

    /// Sends a signal to all workers.
    func kill(_ signal: Int32) {
        for worker in workers { worker.kill(signal) }
    }

    private func end() {
        isEnding = true
        isWakeUpDue = false
        wakeUpTimer?.cancel()
        resumption?.cancel()
        for (_, listener) in listeners { listener.unwatch() }
    }

    private func retireWorkers() {
        for worker in workers { retire(worker) }
    }

    private func retire(_ worker: WorkerProcess) {
        worker.isOfOldConfiguration = true
        worker.retire()
        guard definition.processLimit == 1 else { return }
        // Its successor waits for it: two qmgr must not work on one queue.
        Loop.after(Self.successionLimit) { [weak worker] in worker?.stop() }
    }

    /// Has a worker take the configuration in place; false when it cannot.
    private func reload(_ worker: WorkerProcess) -> Bool {
        guard worker.takesReload, !worker.isOfOldConfiguration, worker.state == .ready || worker.state == .full,
            let configuration = try? launcher.snapshot()
        else { return false }
        let number = worker.reload(configuration)
        Loop.after(Self.successionLimit) { [weak self, weak worker] in
            guard let self, let worker, !worker.hasTaken(reload: number) else { return }
            // It has refused, or does not answer: its successor must not wait for ever.
            self.retire(worker)
            if self.definition.processLimit == 1 { worker.stop() }
            self.evaluate()
        }
        return true
    }

    // MARK: When a worker is started

    /// Workers that count against the process limit.
    private var counted: Int {
        // What a reload has retired may take its time with long sessions; only a sole process is waited for.
        definition.processLimit == 1 ? workers.count : workers.filter { !$0.isOfOldConfiguration }.count
    }

    private var isAtLimit: Bool { definition.processLimit > 0 && counted >= definition.processLimit }

    /// Workers that take connections.
    private var available: Int { workers.count { $0.isAvailable && !$0.isOfOldConfiguration } }

    private var hasRoom: Bool { !isEnding && !isAtLimit && throttle.pause(at: Clock.monotonic) == 0 }

    private var mayStart: Bool { hasRoom && available == 0 }

    /// Looks at the state after anything has changed, and watches the listeners or not.
    private func evaluate() {
        if isWakeUpDue { deliverWakeUp() }
        startAhead()
        if mayStart {
            for (_, listener) in listeners { listener.watch { [weak self] in self?.connectionWaits() } }
        } else {
            for (_, listener) in listeners { listener.unwatch() }
            warnAtLimit()
        }
        scheduleResumption()
    }

    /// Starts those that are to be there before a client comes.
    private func startAhead() {
        while hasRoom, available < definition.idleMinimum, startWorker() != nil {}
        guard definition.hasSuccessors, mayStart else { return }
        let full = workers.filter { $0.state == .full && !$0.isOfOldConfiguration && !$0.isSucceeded }
        // One for all of them, and once only: it goes again when nobody comes.
        guard !full.isEmpty, startWorker() != nil else { return }
        for worker in full { worker.isSucceeded = true }
    }

    private func connectionWaits() {
        guard mayStart else { return }
        startWorker()
        evaluate()
    }

    private func scheduleResumption() {
        resumption?.cancel()
        resumption = nil
        let pause = throttle.pause(at: Clock.monotonic)
        guard pause > 0, !isEnding else { return }
        resumption = Loop.after(pause) { [weak self] in self?.evaluate() }
    }

    private func warnAtLimit() {
        guard !isEnding, isAtLimit, definition.processLimit > 1,
            available == 0
        else { return }
        let now = Clock.monotonic
        if let lastLimitWarning, now - lastLimitWarning < .seconds(60) { return }
        lastLimitWarning = now
        log.warning(
            "service \"\(definition.name)\" has reached its process limit \"\(definition.processLimit)\": new clients may experience noticeable delays"
        )
    }

    // MARK: Wake-ups

    private func scheduleWakeUp() {
        wakeUpTimer?.cancel()
        wakeUpTimer = nil
        guard definition.wakeUp.seconds > 0 else { return }
        wakeUpTimer = Loop.after(.seconds(definition.wakeUp.seconds)) { [weak self] in
            guard let self else { return }
            if self.starts > 0 || !self.definition.wakeUp.onlyIfUsed { self.isWakeUpDue = true }
            self.scheduleWakeUp()
            self.evaluate()
        }
    }

    private func deliverWakeUp() {
        if let worker = workers.first(where: { $0.state != .leaving && !$0.isOfOldConfiguration }) {
            isWakeUpDue = false
            worker.wakeUp()
        } else if mayStart, let worker = startWorker() {
            isWakeUpDue = false
            worker.wakeUp()
        }
    }

    // MARK: Start and end of a worker

    @discardableResult
    private func startWorker() -> WorkerProcess? {
        do {
            let worker = try Descriptor.withSocketPair { ours, theirs in
                let pid = try launcher.start(
                    definition,
                    status: theirs,
                    listeners: listeners.map { ($0.specification, $0.listener.number) }
                )
                return try WorkerProcess(pid: pid, status: ours)
            }
            starts += 1
            workers.append(worker)
            worker.follow(
                limit: Self.startLimit,
                late: { [weak self, weak worker] in
                    guard let self, let worker else { return }
                    self.log.warning(
                        "process \(self.path) pid \(worker.pid) does not answer for 30 seconds; killing it"
                    )
                    worker.kill(SIGKILL)
                },
                changed: { [weak self] in self?.evaluate() }
            )
            return worker
        } catch {
            crashes += 1
            pause(after: .stillborn, "cannot start \(path): \(error)")
            return nil
        }
    }

    private var path: String { launcher.configuration.executable(definition.program) }

    /// A child has ended; false when it is none of this service.
    func childEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard let index = workers.firstIndex(where: { $0.pid == pid }) else { return false }
        let worker = workers.remove(at: index)
        worker.close()
        if isEnding { return true }
        let life = Clock.monotonic - worker.started
        let mayEnd = worker.state == .leaving || worker.wasReady
        if status.isSuccess && mayEnd {
            if life >= RestartThrottle.healthyLife { throttle.noteHealth() }
        } else {
            crashes += 1
            // What is woken up regularly has work that does not come over its socket.
            if definition.wakeUp.seconds > 0 { isWakeUpDue = true }
            let text = "process \(path) pid \(pid) \(Self.describe(status))"
            let end: RestartThrottle.End =
                !worker.wasReady ? .stillborn : status == .signalled(SIGKILL) ? .healthy : .crashed(afterLife: life)
            pause(after: end, text)
        }
        if worker.isOfOldConfiguration && definition.wakeUp.seconds > 0 { isWakeUpDue = true }
        evaluate()
        return true
    }

    private func pause(after end: RestartThrottle.End, _ text: String) {
        log.warning("\(text)")
        let longest = launcher.configuration.main[GeneralParameters.serviceThrottleTime].nanoseconds
        let pause = throttle.noteEnd(end, at: Clock.monotonic, longest: longest)
        guard pause > 0 else { return }
        log.warning(
            "service \"\(definition.name)\" (\(path)): bad command startup -- throttling for \(pause / 1_000_000_000) s"
        )
    }

    private static func describe(_ status: ExitStatus) -> String {
        switch status {
        case .exited(0): "ended before it was ready"
        case .exited(let code): "exit status \(code)"
        case .signalled(let signal): "killed by signal \(signal)"
        }
    }

    // MARK: Status

    /// What `mailctl status` shows.
    func status(at now: Int64) -> MasterStatus.Service {
        MasterStatus.Service(
            name: definition.name,
            kind: definition.kind,
            program: definition.program,
            listeners: listeners.map { "\($0.specification.address)" },
            limit: definition.processLimit,
            workers: workers.map {
                MasterStatus.Worker(
                    pid: Int($0.pid),
                    state: $0.state.rawValue,
                    sessions: $0.sessions,
                    total: $0.total,
                    uptime: Int(now - $0.started)
                )
            },
            starts: starts,
            crashes: crashes,
            pause: Int(throttle.pause(at: now))
        )
    }
}
