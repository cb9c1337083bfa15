// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Tests of a whole running relais, one after the other: each has an instance of its own and the machine to itself.
@Suite(.serialized, .timeLimit(.minutes(Surroundings.wantsLongRounds ? 120 : 60)))
struct EndToEnd {
    /// A message in CRLF form, as a client sends it.
    static func message(_ subject: String, body: String = "Hello.\r\n", from: String = "sender@client.test") -> String {
        """
        From: <\(from)>\r
        To: <someone@example.test>\r
        Subject: \(subject)\r
        Date: Fri, 20 Nov 2026 12:00:00 +0000\r
        Message-ID: <\(subject.hashValue.magnitude)@client.test>\r
        \r
        \(body)
        """
    }

    /// The folder of files that tests read.
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").path

    /// Sends a message with swaks; its exit status says what was refused (24: recipient, 26: content, 28: log-in).
    static func swaks(_ port: UInt16, _ arguments: String...) async throws -> CommandResult {
        try await Command.run(["swaks", "--server", "127.0.0.1:\(port)", "--timeout", "300"] + arguments)
    }

    /// Runs curl, which trusts the instance's certificate.
    static func curl(_ instance: MailInstance, _ arguments: String...) async throws -> CommandResult {
        try await curl(instance, arguments)
    }

    /// Runs curl, which trusts the instance's certificate.
    static func curl(_ instance: MailInstance, _ arguments: [String]) async throws -> CommandResult {
        try await Command.run(["curl", "-sS", "-m", "60", "--cacert", instance.folder["tls/cert.pem"]] + arguments)
    }
}
