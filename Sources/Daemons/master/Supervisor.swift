// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import Instance
internal import InternalProtocols
internal import Logging
internal import MailConfiguration
internal import POSIX

/// The whole instance: all services, signals, reload and stop.
@Loop
final class Supervisor {
    /// How long the services of the network, and then all others, may take to end, in nanoseconds.
    private static let stopLimit = Int64.seconds(5)
    /// What does not even follow SIGTERM is killed after this time, in nanoseconds.
    private static let killLimit = Int64.seconds(1)

    private enum Phase: Int {
        case running, stoppingNetwork, stoppingRest, terminating, killing
    }

    private var configuration: InstanceConfiguration
    private let listeners: ListenerPool
    private let log: Logger
    private let standardError: Int32?
    private var launcher: WorkerLauncher
    private let started = Clock.monotonic
    private var services: [ServiceSupervisor] = []
    /// Out of the configuration, but their workers are not all gone.
    private var departing: [ServiceSupervisor] = []
    private var phase = Phase.running
    private var reloads = 0
    private var signals: Signals?
    private var control: ControlServer?

    init(_ configuration: InstanceConfiguration, _ listeners: ListenerPool, log: Logger, standardError: Int32?) {
        self.configuration = configuration
        self.listeners = listeners
        self.log = log
        self.standardError = standardError
        launcher = WorkerLauncher(configuration: configuration, standardError: standardError)
    }

    /// Takes signals and orders, and has the services start.
    func start() throws {
        signals = try Signals([SIGCHLD, SIGHUP, SIGTERM, SIGINT]) { [weak self] signal in self?.take(signal) }
        control = try ControlServer(configuration, supervisor: self)
        for definition in configuration.services { services.append(makeService(definition)) }
        for service in services { service.start() }
    }

    /// After the loop has ended: gives names in the file system back.
    func finish() {
        control?.close()
        listeners.closeAll()
    }

    private func makeService(_ definition: ServiceDefinition) -> ServiceSupervisor {
        ServiceSupervisor(
            definition,
            listeners: listeners.listeners(of: definition.listeners),
            launcher: launcher,
            log: log
        )
    }

    // MARK: Signals

    private func take(_ signal: Int32) {
        switch signal {
        case SIGCHLD: reap()
        case SIGHUP: _ = reload()
        default:
            log.notice("terminating on signal \(signal)")
            phase == .running ? stop() : enter(.killing)
        }
    }

    private func reap() {
        while let (pid, status) = reapChild() {
            for service in services + departing where service.childEnded(pid, status) { break }
        }
        departing.removeAll { $0.workers.isEmpty }
        advance()
    }

    // MARK: Reload

    /// Reads the configuration again; where it is broken nothing changes.
    func reload() -> ControlReply {
        guard phase == .running else { return ControlReply(isDone: false, diagnostics: ["master is stopping"]) }
        notifySupervisor("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic / 1000)")
        defer { notifySupervisor("READY=1") }
        let (new, found) = InstanceConfiguration.load(directory: configuration.directory)
        var diagnostics = found + movedFolders(new)
        if !diagnostics.containsErrors {
            do {
                try InstanceFolders.prepare(new)
                try listeners.add(new.services.flatMap(\.listeners))
            } catch let failure as ListenerPool.Failure {
                diagnostics += failure.diagnostics
            } catch {
                diagnostics.append(Diagnostic(.error, file: configuration.directory, line: 0, "\(error)"))
            }
        }
        let texts = diagnostics.filter { $0.severity != .info }.map(\.description)
        for diagnostic in diagnostics where diagnostic.severity == .warning { log.warning("\(diagnostic.logText)") }
        guard !diagnostics.containsErrors else {
            for diagnostic in diagnostics where diagnostic.severity == .error { log.error("\(diagnostic.logText)") }
            log.error("reload refused: the configuration has errors, the old one stays in force")
            return ControlReply(isDone: false, diagnostics: texts)
        }
        adopt(new)
        reloads += 1
        log.notice("reload -- version \(MasterStart.version(new)), configuration \(new.directory)")
        return ControlReply(isDone: true, diagnostics: texts)
    }

    /// What a running instance cannot change.
    private func movedFolders(_ new: InstanceConfiguration) -> [Diagnostic] {
        let pairs = [
            ("queue_directory", configuration.queueDirectory, new.queueDirectory),
            ("process_id_directory", configuration.processIDFile, new.processIDFile),
        ]
        return pairs.compactMap { name, old, now in
            if old == now { return nil }
            return Diagnostic(
                .error,
                file: new.main.settings[name]?.file ?? "\(new.directory)/main.cf",
                line: new.main.settings[name]?.line ?? 0,
                "\(name) cannot change while relais runs: mailctl stop, then mailctl start"
            )
        }
    }

    private func adopt(_ new: InstanceConfiguration) {
        configuration = new
        launcher = WorkerLauncher(configuration: new, standardError: standardError)
        var old = Dictionary(services.map { ($0.definition.key, $0) }) { first, _ in first }
        services = new.services.map { definition in
            guard let service = old.removeValue(forKey: definition.key) else {
                let service = makeService(definition)
                service.start()
                return service
            }
            service.adopt(definition, listeners: listeners.listeners(of: definition.listeners), launcher: launcher)
            return service
        }
        for service in old.values {
            service.depart()
            if !service.workers.isEmpty { departing.append(service) }
        }
        listeners.keep(only: new.services.flatMap(\.listeners))
    }

    // MARK: Stop

    /// Ends: first what faces the network, then what that needs, each within a bound; then by force.
    func stop() {
        guard phase == .running else { return }
        notifySupervisor("STOPPING=1")
        enter(.stoppingNetwork)
    }

    private func enter(_ next: Phase) {
        guard next.rawValue > phase.rawValue else { return }
        phase = next
        let all = services + departing
        switch next {
        case .running: break
        case .stoppingNetwork:
            // The others go on, and start workers where needed: sessions that end hand their last messages to them.
            for service in all where service.isFacingNetwork { service.stop() }
            Loop.after(Self.stopLimit) { [weak self] in self?.enter(.stoppingRest) }
        case .stoppingRest:
            for service in all { service.stop() }
            Loop.after(Self.stopLimit) { [weak self] in self?.enter(.terminating) }
        case .terminating:
            for service in all where !service.workers.isEmpty {
                log.warning("service \"\(service.definition.name)\" has not ended in time; ending it by signal")
                service.kill(SIGTERM)
            }
            Loop.after(Self.killLimit) { [weak self] in self?.enter(.killing) }
        case .killing:
            for service in all {
                service.stop()
                service.kill(SIGKILL)
            }
        }
        advance()
    }

    /// Goes on as soon as nothing of a phase is left.
    private func advance() {
        guard phase != .running else { return }
        let all = services + departing
        if phase == .stoppingNetwork, all.allSatisfy({ !$0.isFacingNetwork || $0.workers.isEmpty }) {
            enter(.stoppingRest)
        } else if all.allSatisfy(\.workers.isEmpty) {
            EventLoop.shared.stop()
        }
    }

    // MARK: Status

    /// What runs, with figures that the workers have just told, as far as they answer within 300 ms.
    func status() async -> MasterStatus {
        let asked = (services + departing).flatMap(\.workers).filter(\.wasReady).map { ($0, $0.reports) }
        for (worker, _) in asked { worker.order(.report) }
        let limit = Clock.monotonic + .milliseconds(300)
        while Clock.monotonic < limit, asked.contains(where: { $0.reports == $1 }) {
            await Loop.sleep(nanoseconds: .milliseconds(5))
        }
        let now = Clock.monotonic
        return MasterStatus(
            version: MasterStart.version(configuration),
            pid: Int(processID),
            uptime: Int(now - started),
            reloads: reloads,
            configDirectory: configuration.directory,
            queueDirectory: configuration.queueDirectory,
            services: (services + departing).map { $0.status(at: now) }
        )
    }
}
