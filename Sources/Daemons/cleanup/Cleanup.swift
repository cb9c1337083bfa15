// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import MailQueue
internal import MailRouting
internal import POSIX
internal import Service

/// cleanup(8): makes a queue file of every message that comes in, and says yes only when the disk has it.
///
/// Its own user, the folders incoming and hold, nothing else: no network, no program, no other identity.
@main
struct Cleanup: Daemon {
    static let name = "cleanup"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.configuration],
        writes: [.queue("incoming"), .queue("hold")],
        refuses: [.spawn, .identity]
    )

    let settings: CleanupSettings
    let router: Router
    let directories: QueueDirectories

    static func prepare(_ start: StartUp) throws -> Cleanup {
        Cleanup(
            settings: CleanupSettings(start.main),
            router: try Router(RoutingSettings(start.main)),
            directories: try QueueDirectories(opening: start.queueDirectory)
        )
    }

    func serve(_ worker: Worker) {
        let intake = Intake(self, worker)
        worker.leave(onChangeOf: router.tables)
        worker.serveRequests(as: InternalProtocol.cleanup, lingers: true) { frames, _ in
            try await intake.converse(frames)
        }
    }
}
