// SPDX-License-Identifier: Apache-2.0
import TestSupport

extension MailInstance {
    /// Gives a user a message and a log-in by IMAP and POP3, so that all that serves readers runs.
    func prepareReader(_ user: String) async throws {
        let (port, pop3, address) = (ports.imap, ports.pop3, address(user))
        let password = "secret-\(user.prefix(1))"
        try await blocking {
            let client = try RawClient(port: port)
            _ = try client.line()
            try client.tagged("a LOGIN \"\(address)\" \"\(password)\"")
            try client.send("b APPEND INBOX {5+}\r\nhello\r\n")
            _ = try client.line()
            try client.tagged("c LOGOUT")
            let other = try RawClient(port: pop3)
            for question in [nil, "USER \(address)", "PASS \(password)", "QUIT"] as [String?] {
                if let question { try other.send(question + "\r\n") }
                let answer = try other.line() ?? ""
                guard answer.hasPrefix("+OK") else {
                    throw RawClient.Failure(description: "\(question ?? ""): \(answer)")
                }
            }
        }
    }
}
