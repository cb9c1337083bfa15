// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import Logging
internal import LookupTables
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
        calls: [.files],
        sockets: [.unix],
        callers: ["*": [.mailOwner, .network]]
    )

    let settings: CleanupSettings
    let rewriter: AddressRewriter
    let aliases: VirtualAliasExpander
    /// Every table behind the aliases.
    let tables: TableList
    let directories: QueueDirectories

    static func prepare(_ start: StartUp) throws -> Cleanup {
        let (aliases, tables) = try aliases(start)
        return Cleanup(
            settings: CleanupSettings(start.main),
            rewriter: AddressRewriter(RoutingSettings(start.main)),
            aliases: aliases,
            tables: tables,
            directories: try QueueDirectories(opening: start.queueDirectory)
        )
    }

    static func check(_ start: StartUp) throws {
        _ = CleanupSettings(start.main)
        _ = try aliases(start)
    }

    private static func aliases(_ start: StartUp) throws -> (aliases: VirtualAliasExpander, tables: TableList) {
        let routing = RoutingSettings(start.main)
        var pool = start.tablePool()
        let own = try OwnDomains(routing, pool: &pool)
        return (try VirtualAliasExpander(routing, own: own, pool: &pool), pool.all)
    }

    func serve(_ worker: Worker) {
        let intake = Intake(self, worker)
        worker.leave(onChangeOf: tables)
        worker.serveRequests(as: InternalProtocol.cleanup, lingers: true) { frames, _ in
            try await intake.converse(frames)
        }
    }
}
