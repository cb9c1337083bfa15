// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
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
        refuses: [.spawn, .identity]
    )

    let settings: QueueSettings
    let router: Router
    let directories: QueueDirectories
    let boot: BootIdentity?

    static func prepare(_ start: StartUp) throws -> QueueManager {
        QueueManager(
            settings: QueueSettings(start.main, services: start.loadMaster()),
            router: try Router(RoutingSettings(start.main)),
            directories: try QueueDirectories(opening: start.queueDirectory),
            boot: BootIdentity.current()
        )
    }

    func serve(_ worker: Worker) {
        // Between two messages it waits for times to come; leaving would only make master start it again.
        worker.staysIdle = true
        // Active messages are its work, not its clients: a backlog pauses no listener, and no count retires it.
        worker.clientLimit = .max
        let queue = Queue(self, worker)
        worker.leave(onChangeOf: router.tables)
        worker.retiring = { queue.give(.retire) }
        worker.serveRequests(as: InternalProtocol.queueManager) { frames, _ in try await queue.converse(frames) }
        queue.start()
    }
}
