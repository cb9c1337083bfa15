// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import IPC
import InternalProtocols
import Logging
import MailConfiguration
import POSIX
import Synchronization
import TestSupport

@testable import Service
@testable import smtpd

/// The lines that a session logs.
final class LogLines: Sendable {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock { $0 } }

    fileprivate func add(_ line: String) { kept.withLock { $0.append(line) } }
}

private struct Recorder: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    let lines: LogLines

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add((event.level == .warning ? "warning: " : "") + event.message.description)
    }
}

/// smtpd between a client at 203.0.113.5 and a cleanup of the test's own.
@Loop
final class SMTPFixture {
    nonisolated let folder = TemporaryFolder("relais-smtpd")
    nonisolated let log = LogLines()
    private var listeners: [Listener] = []
    /// What cleanup was given: the envelope, and what the end said.
    private(set) var messages: [(envelope: MessageEnvelope, end: MessageEnd)] = []

    init(_ lines: [String]) throws {
        let text =
            """
            compatibility_level = 3.7
            myhostname = mx.example.org
            mydestination = example.org
            queue_directory = \(folder.path)
            mynetworks = 192.0.2.0/24
            alias_maps =
            local_recipient_maps = inline:{alice=x, bob=x}
            smtpd_relay_restrictions = reject_unauth_destination
            """ + "\n" + lines.joined(separator: "\n") + "\n"
        let (main, diagnostics) = MainConfiguration.parse(
            Array(text.utf8),
            file: "main.cf",
            directory: "/etc/relais",
            hostFacts: HostFacts.current()
        )
        for diagnostic in diagnostics where diagnostic.severity == .error { throw diagnostic }
        let start = StartUp(
            daemon: "smtpd",
            serviceName: "smtp",
            configDirectory: folder.path,
            configurationSource: .system,
            listeners: [],
            arguments: [],
            main: main,
            isRoot: false,
            mailOwner: Identity(name: "test", uid: geteuid(), gid: getegid()),
            log: Logger(label: "test") { [log] _ in Recorder(lines: log) }
        )
        let sessions = ServerSessions(try SMTPServer.prepare(start), start)
        guard let peer = SocketAddress(host: "203.0.113.5", port: 40_000) else { throw CancellationError() }
        try FileManager.default.createDirectory(atPath: folder["public"], withIntermediateDirectories: false)
        try listen("smtp") { connection in
            await Session(sessions, connection, peer, StartUp.ListenerName(name: "smtp", isTLS: false)).run()
        }
        try listen("public/cleanup") { [weak self] connection in try? await self?.clean(FrameConnection(connection)) }
    }

    private func listen(_ name: String, _ serve: @escaping @Loop @Sendable (Connection) async -> Void) throws {
        let listener = Listener(try Descriptor.listen(atPath: folder[name], permissions: 0o600)) { descriptor, _ in
            guard let connection = try? Connection(descriptor) else { return }
            Loop.spawn {
                await serve(connection)
                connection.close()
            }
        }
        listener.resume()
        listeners.append(listener)
    }

    private func clean(_ frames: FrameConnection) async throws {
        try await frames.accept(InternalProtocol.cleanup)
        while let first = try await frames.receive() {
            let envelope = try first.decode(MessageEnvelope.self)
            while let frame = try await frames.receive() {
                guard frame.kind == MessageEnd.kind else { continue }
                messages.append((envelope, try frame.decode(MessageEnd.self)))
                frames.send(MessageOutcome(queueID: "TEST"))
                break
            }
        }
    }

    nonisolated func connect() throws -> RawClient { try RawClient(path: folder["smtp"], seconds: 120) }
}
