// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import InternalProtocols
import Logging
import MailStore
import POSIX
import TestSupport
import Testing

@testable import MailSession
@testable import pop3d

@Suite("Sessions of POP3 after the log-in (RFC 1939)")
struct POP3SessionTests {
    /// A Maildir that is served to whoever connects to a socket.
    @Loop
    private final class Fixture {
        nonisolated let folder = TemporaryFolder("relais-pop3d")
        private var listener: Listener?
        private let service: POP3Service

        init(_ messages: [String]) throws {
            for name in ["mail", "mail/cur", "mail/new", "mail/tmp"] {
                try FileManager.default.createDirectory(atPath: folder[name], withIntermediateDirectories: false)
            }
            for (number, message) in messages.enumerated() {
                try folder.write("mail/new/\(1_600_000_000 + number).M\(number)P1.test", message)
            }
            service = POP3Service(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let user = MailUser(
                name: "alice",
                home: folder.path,
                storage: MailStorage(location: try MailLocation("maildir:\(folder["mail"])", home: folder.path))
            )
            let service = self.service
            let listener = Listener(try Descriptor.listen(atPath: folder["socket"], permissions: 0o600)) {
                descriptor,
                _ in
                guard let connection = try? Connection(descriptor) else { return }
                let handOver = SessionHandOver(
                    clientPID: 1,
                    requestID: 1,
                    cookie: "",
                    remoteAddress: "192.0.2.1",
                    localAddress: "192.0.2.2",
                    isSecure: true,
                    tag: "",
                    input: []
                )
                Loop.spawn {
                    await service.serve(MailClient(connection, user, handOver))
                    connection.close()
                }
            }
            listener.resume()
            self.listener = listener
        }

        nonisolated func connect() throws -> RawClient { try RawClient(path: folder["socket"]) }

        /// The names of the files that are left.
        nonisolated var files: [String] {
            ["new", "cur"].flatMap {
                (try? FileManager.default.contentsOfDirectory(atPath: folder["mail/\($0)"])) ?? []
            }.sorted()
        }
    }

    private static let messages = [
        "Subject: one\n\nfirst\n", "Subject: two\n\n.dot\n..\nlast",
        "Subject: three\n\n\(String(repeating: "x", count: 200_000))\n",
    ]

    /// Has each transcript through a session of its own, one after another, on one maildrop.
    private func play(_ messages: [String] = messages, _ transcripts: Transcript...) async throws -> [String] {
        let fixture = try await onLoop { try Fixture(messages) }
        for transcript in transcripts {
            try await blocking { try transcript.play(try fixture.connect()) }
        }
        return fixture.files
    }

    @Test func `STAT, LIST and UIDL count what was there when the session began`() async throws {
        _ = try await play(
            Self.messages,
            Transcript(
                "S: +OK*",
                "C: STAT",
                "S: +OK 3 200073",
                "C: LIST 1",
                "S: +OK 1 23",
                "C: LIST",
                "S: +OK*",
                "S: 1 23",
                "S: 2 30",
                "S: 3 200020",
                "S: .",
                "C: LIST 4",
                "S: -ERR*",
                "C: UIDL 1",
                "S: +OK 1 *",
                "C: NOOP",
                "S: +OK*",
                "C: QUIT",
                "S: +OK*"
            )
        )
    }

    @Test func `RETR and TOP stuff dots and end lines with CR LF`() async throws {
        _ = try await play(
            Self.messages,
            Transcript(
                "S: +OK*",
                "C: RETR 2",
                "S: +OK*",
                "S: Subject: two",
                "S: ",
                "S: ..dot",
                "S: ...",
                "S: last",
                "S: .",
                "C: TOP 2 1",
                "S: +OK*",
                "S: Subject: two",
                "S: ",
                "S: ..dot",
                "S: .",
                "C: TOP 1 0",
                "S: +OK*",
                "S: Subject: one",
                "S: ",
                "S: .",
                "C: QUIT",
                "S: +OK*"
            )
        )
    }

    @Test func `Messages that are deleted go with QUIT and not before, and RSET takes that back`() async throws {
        let left = try await play(
            Self.messages,
            Transcript(
                "S: +OK*",
                "C: DELE 1",
                "S: +OK*",
                "C: RSET",
                "S: +OK*",
                "C: STAT",
                "S: +OK 3 *",
                "C: QUIT",
                "S: +OK*"
            ),
            Transcript(
                "S: +OK*",
                "C: DELE 1",
                "S: +OK*",
                "C: DELE 1",
                "S: -ERR*",
                "C: RETR 1",
                "S: -ERR*",
                "C: STAT",
                "S: +OK 2 *",
                "C: QUIT",
                "S: +OK*"
            ),
            Transcript("S: +OK*", "C: STAT", "S: +OK 2 *", "C: DELE 2", "S: +OK*")
        )
        #expect(left.count == 2)
        #expect(!left.contains { $0.contains(".M0P1.") })
    }

    @Test func `A message that goes while the session lasts is an error for itself alone`() async throws {
        let fixture = try await onLoop { try Fixture(Self.messages) }
        try await blocking {
            let client = try fixture.connect()
            try Transcript("S: +OK*", "C: STAT", "S: +OK 3 *").play(client)
            for name in fixture.files where name.contains(".M2P1.") {
                for folder in ["new", "cur"] {
                    try? FileManager.default.removeItem(atPath: fixture.folder["mail/\(folder)/\(name)"])
                }
            }
            try Transcript("C: RETR 3", "S: -ERR*", "C: RETR 1", "S: +OK*", "S: Subject: one").play(client)
        }
    }

    @Test(arguments: [
        "", "XYZZY", "RETR", "RETR 0", "RETR -1", "RETR 99999999999999999999", "TOP 1", "TOP 1 x", "DELE 1 2",
        "USER alice",
    ])
    func `What cannot be done is refused and the session goes on`(line: String) async throws {
        _ = try await play(
            Self.messages,
            Transcript("S: +OK*", "C: \(line)", "S: -ERR*", "C: NOOP", "S: +OK*", "C: QUIT", "S: +OK*")
        )
    }

    @Test func `A line without end ends the session and costs no more memory than its limit`() async throws {
        let fixture = try await onLoop { try Fixture([]) }
        try await blocking {
            let client = try fixture.connect()
            try Transcript("S: +OK*").play(client)
            // The session may close before all of it is sent.
            try? client.send(String(repeating: "A", count: 1 << 20))
            #expect(try client.rest().utf8.count < 1024)
        }
    }

    @Test func `Commands that come together are answered one after another`() async throws {
        let fixture = try await onLoop { try Fixture(Self.messages) }
        try await blocking {
            let client = try fixture.connect()
            try client.send("STAT\r\nRETR 1\r\nDELE 1\r\nNOOP\r\nQUIT\r\n")
            try Transcript(
                "S: +OK*",
                "S: +OK 3 *",
                "S: +OK*",
                "S: Subject: one",
                "S: ",
                "S: first",
                "S: .",
                "S: +OK*",
                "S: +OK*",
                "S: +OK*"
            ).play(client)
        }
        #expect(fixture.files.count == 2)
    }
}
