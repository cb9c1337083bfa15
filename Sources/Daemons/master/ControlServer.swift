// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import Instance
internal import InternalProtocols
internal import POSIX

/// The control socket: orders of root and of the group of `mail_owner`, as frames from `mailctl`; whoever sends the line
/// `status` instead gets JSON.
@Loop
final class ControlServer {
    /// How long a peer may take to say what it wants, in nanoseconds.
    private static let patience = Int64.seconds(10)
    /// Peers at once.
    private static let limit = 16

    private let path: String
    private var listener: Listener?
    private var peers = 0
    private weak var supervisor: Supervisor?

    init(_ configuration: InstanceConfiguration, supervisor: Supervisor) throws {
        let accounts = configuration.accounts
        let access = ListenerSpecification.Access(
            owner: accounts.isRoot ? 0 : nil,
            group: accounts.isRoot ? accounts.mailOwner.gid : nil,
            mode: 0o660
        )
        path = configuration.controlSocket
        self.supervisor = supervisor
        // The instance's lock is held, so what has this name is a dead master's.
        try removeFile(path)
        let descriptor = try Descriptor.listen(atPath: path, permissions: access.mode)
        try setOwnerNoFollow(path, owner: access.owner, group: access.group)
        listener = Listener(descriptor) { [weak self] connection, _ in self?.accepted(connection) }
        listener?.resume()
    }

    /// Takes no more orders.
    func close() {
        listener?.pause()
        listener = nil
        try? removeFile(path)
    }

    private func accepted(_ descriptor: consuming Descriptor) {
        guard peers < Self.limit, let connection = try? Connection(descriptor) else { return }
        peers += 1
        Loop.spawn { [weak self] in
            connection.timeout = Self.patience
            await self?.serve(connection)
            await connection.finish()
            self?.peers -= 1
        }
    }

    private func serve(_ connection: Connection) async {
        guard let uid = try? connection.peerCredentials().uid, let supervisor, (try? await connection.fill()) == true
        else { return }
        var isText = false
        // A frame begins with the high byte of its length, which is 0.
        connection.consume { bytes in
            isText = bytes[0] != 0
            return 0
        }
        if isText {
            guard let line = try? await connection.readLine(limit: 100) else { return }
            if String(decoding: line, as: UTF8.self) == "status" {
                connection.post(await supervisor.status().json.line + "\n")
            } else {
                connection.post("{\"error\":\"the only command in text form is status\"}\n")
            }
            return
        }
        await answer(FrameConnection(connection), uid, supervisor)
    }

    private func answer(_ frames: FrameConnection, _ uid: UInt32, _ supervisor: Supervisor) async {
        guard (try? await frames.accept(InternalProtocol.control)) != nil,
            let order = try? await frames.receive(ControlOrder.self)
        else { return }
        let mayChange = uid == 0 || uid == Identity.effectiveUser
        switch order.action {
        case .status: frames.send(await supervisor.status())
        case .reload where mayChange: frames.send(supervisor.reload())
        case .stop where mayChange:
            frames.send(ControlReply(isDone: true))
            try? await frames.connection.drained(everything: true)
            supervisor.stop()
            // The end of this stream tells that all is over.
            frames.connection.timeout = nil
            _ = try? await frames.receive()
        case .reload, .stop:
            frames.send(ControlReply(isDone: false, diagnostics: ["only root may do that"]))
        }
    }
}
