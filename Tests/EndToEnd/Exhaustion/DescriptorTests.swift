// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd.Exhaustion {
    @Suite struct DescriptorTests {
        /// Lets a running process have `free` more descriptors than it has; nil lets it have many.
        ///
        /// None at all is a limit below what it has: what is closed meanwhile gives no room then.
        private static func limit(_ pid: Int32, free: Int?) async throws {
            let used = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
            let limit = free.map { $0 == 0 ? 3 : used + $0 } ?? 1024
            try await EndToEnd.Exhaustion.limit(pid, "--nofile=\(limit):")
        }

        @Test(arguments: ["cleanup", "qmgr", "virtual"])
        func `Without a free descriptor mail is refused for now or waits; nothing is lost or repeated`(
            program: String
        ) async throws {
            try await MailInstance.running({ setup, _ in EndToEnd.Exhaustion.setUp(&setup) }) { relais in
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                let process = try EndToEnd.Exhaustion.process(program, relais)
                try await Self.limit(process, free: 0)
                var expected: [String: Int] = ["before": 1]
                for number in 1...5 {
                    let reply = try await EndToEnd.Exhaustion.send("full\(number)", to: "bob", relais)
                    #expect(reply.code == 250 || reply.code / 100 == 4, "\(reply)")
                    expected["full\(number)"] = reply.code == 250 ? 1 : 0
                }
                try await waiting(until: "the log tells of it\n\(relais.logEnd)") {
                    relais.log.contains("Too many open files")
                }
                #expect(try EndToEnd.Exhaustion.process(program, relais) == process, "it lives")
                try await Self.limit(process, free: nil)
                #expect(try await EndToEnd.Exhaustion.send("after", to: "bob", relais).code == 250)
                expected["after"] = 1
                try await relais.queueIsEmpty()
                let subjects = expected.keys.sorted()
                let counts = EndToEnd.Exhaustion.count(subjects, "bob", relais)
                #expect(counts == subjects.map { expected[$0] }, "\(subjects)")
            }
        }

        /// The servers of clients, their port and first words.
        @Test(arguments: ["smtpd", "imap-login"])
        func `Clients that find no descriptor wait, and are served when others have left`(program: String) async throws
        {
            try await MailInstance.running { relais in
                let port = program == "smtpd" ? relais.ports.smtp : relais.ports.imap
                let (greeting, question, answer) =
                    program == "smtpd" ? ("220 ", "NOOP", "250 ") : ("* OK", "a NOOP", "a OK")
                let first = try await blocking { try Self.greeted(port, greeting) }
                let process = try EndToEnd.Exhaustion.process(program, relais)
                try await Self.limit(process, free: 3)
                // All connect at once; each leaves as soon as it was served.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            try await blocking {
                                let client = try Self.greeted(port, greeting)
                                usleep(300_000)
                                try client.send("\(question)\r\n")
                                let line = try client.line() ?? ""
                                #expect(line.hasPrefix(answer), "\(line)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(relais.log.contains("clients have to wait"))
                #expect(try EndToEnd.Exhaustion.process(program, relais) == process, "it lives")
                try await Self.limit(process, free: nil)
                try await blocking { _ = try Self.greeted(port, greeting) }
                withExtendedLifetime(first) {}
            }
        }

        private static func greeted(_ port: UInt16, _ greeting: String) throws -> SendableClient {
            let client = SendableClient(try RawClient(port: port))
            let line = try client.line() ?? ""
            guard line.hasPrefix(greeting) else { throw RawClient.Failure(description: "greeted with \(line)") }
            return client
        }
    }

    /// A client that one thread after the other uses.
    private final class SendableClient: @unchecked Sendable {
        private let client: RawClient

        init(_ client: RawClient) {
            self.client = client
        }

        func send(_ text: String) throws { try client.send(text) }
        func line() throws -> String? { try client.line() }
    }
}
