// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import Logging
internal import LookupTables
internal import MailConfiguration
internal import MailQueue
internal import MailRouting
internal import POSIX
internal import Service

/// qmgr(8): decides what is delivered when and where, and is the only one that changes a queue file once it is there.
///
/// Its own user and the queue folders; agents get a read-only descriptor of one message and nothing else of it. The
/// decisions are those of `QueueEngine`; the rest of the daemon carries them out.
@main
struct QueueManager: Daemon {
    static let name = "qmgr"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.configuration],
        writes: [.queue("incoming"), .queue("deferred"), .queue("hold"), .queue("corrupt")],
        calls: [.files],
        sockets: [.unix],
        callers: ["*": [.mailOwner, .root]]
    )

    let settings: QueueSettings
    let resolver: AddressResolver
    /// Every table behind the resolver.
    let tables: TableList
    let directories: QueueDirectories
    let boot: BootIdentity?

    static func prepare(_ start: StartUp) throws -> QueueManager {
        let (resolver, tables) = try openResolver(start)
        return QueueManager(
            settings: QueueSettings(start.main, services: start.loadMaster()),
            resolver: resolver,
            tables: tables,
            directories: try QueueDirectories(opening: start.queueDirectory),
            boot: BootIdentity.current()
        )
    }

    static func check(_ start: StartUp) throws {
        _ = QueueSettings(start.main, services: start.loadMaster())
        _ = try openResolver(start)
    }

    /// Opens the tables that say where addresses go.
    static func openResolver(_ start: StartUp) throws -> (AddressResolver, TableList) {
        let routing = RoutingSettings(start.main)
        var pool = start.tablePool()
        let classes = try DomainClasses(routing, pool: &pool)
        return (try AddressResolver(routing, classes: classes, pool: &pool), pool.all)
    }

    func serve(_ worker: Worker) {
        // Between two messages it waits for times to come; leaving would only make master start it again.
        worker.hasOwnWork = true
        // Active messages are its work, not its clients: a backlog pauses no listener, and no count retires it.
        worker.clientLimit = .max
        let queue = Queue(self, worker)
        worker.leave(onChangeOf: tables)
        worker.onReload = { start in try queue.configure(start) }
        worker.retiring = { queue.give(.retire) }
        worker.serveRequests(as: InternalProtocol.queueManager) { frames, _ in try await queue.converse(frames) }
        queue.start()
    }
}
