// SPDX-License-Identifier: Apache-2.0
import TestSupport

extension MailInstance {
    /// Gives a user a message and a log-in, so that all that serves readers runs.
    func prepareReader(_ user: String) async throws {
        let (port, address) = (ports.imap, address(user))
        let password = "secret-\(user.prefix(1))"
        try await blocking {
            let client = try RawClient(port: port)
            _ = try client.line()
            try client.tagged("a LOGIN \"\(address)\" \"\(password)\"")
            try client.send("b APPEND INBOX {5+}\r\nhello\r\n")
            _ = try client.line()
            try client.tagged("c LOGOUT")
        }
    }
}
