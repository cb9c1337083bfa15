// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX
internal import Service

/// proxymap(8): asks directories for all daemons, so that none of them has to wait for one, or holds its password.
///
/// Its own user; no program, no other identity; the network, for that is where directories are. What the tables' files
/// say is read with the rights of the start and kept in memory only; afterwards it shuts itself in what the name service
/// reads.
@main
struct Proxymap: Daemon {
    static let name = "proxymap"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.accounts, .path("/lib"), .path("/usr/lib"), .path("/lib64"), .path("/run/systemd/resolve")],
        sockets: [.unix, .internet],
        callers: ["*": [.root, .mailOwner, .network, .secrets, .login]]
    )

    let tables: [ProxiedTable]

    static func main() {
        if let query = DirectQuery(CommandLine.arguments) { exit(query.run()) }
        serve(Self.self)
    }

    /// The skeleton's start, which `main` above hides.
    private static func serve<Served: Daemon>(_ daemon: Served.Type) { daemon.main() }

    static func prepare(_ start: StartUp) throws -> Proxymap {
        let permitted = PermittedTables(start.main, start.loadMaster().entries)
        return Proxymap(tables: permitted.specifications.map { ProxiedTable($0, log: start.log) })
    }

    func serve(_ worker: Worker) {
        let service = ProxymapService(tables, worker)
        // One process has the connections of all: a second one would only open as many again.
        worker.clientLimit = 10_000
        worker.serveRequests(as: InternalProtocol.proxymap, lingers: true) { frames, _ in
            try await service.converse(frames)
        }
        service.watchFiles()
    }
}
