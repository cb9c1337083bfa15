// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@testable import LoginService

/// Clients that never log in.
@Suite struct PatienceTests {
    @Test(arguments: [("imap", "a CAPABILITY\r\n"), ("pop3", "CAPA\r\n")])
    func `A client that asks without end and reads nothing is gone when its time is over`(
        name: String,
        command: String
    ) async throws {
        try await onLoop {
            let fixture = try LoginFixture(name, patience: .milliseconds(1500))
            let client = try fixture.connect()
            client.timeout = nil
            // As much as the service takes: it stops reading when its answers are not read.
            let sender = Loop.spawn {
                let commands = Array(String(repeating: command, count: 1000).utf8)
                for _ in 0..<80 {
                    client.post(commands)
                    guard (try? await client.drained()) != nil else { return }
                }
            }
            while fixture.sessions > 0 { await Loop.sleep(nanoseconds: .milliseconds(20)) }
            client.close()
            await sender.value
        }
    }

    @Test(arguments: ["imap", "pop3"])
    func `A client that only waits is told, and gone when its time is over`(name: String) async throws {
        try await onLoop {
            let fixture = try LoginFixture(name, patience: .milliseconds(50))
            let client = try fixture.connect()
            let lines = await client.talk("", lines: 3)
            #expect(lines.count == 2 && lines.last == "BYE")
            while fixture.sessions > 0 { await Loop.sleep(nanoseconds: .milliseconds(5)) }
            client.close()
        }
    }
}
