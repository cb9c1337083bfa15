// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// What the executables bring into their processes.
    @Suite struct Linkage {
        @Test(
            arguments: [
                "master", "smtpd", "cleanup", "qmgr", "bounce", "virtual", "local", "auth", "imap-login", "pop3-login",
                "imapd",
                "pop3d",
            ]
        )
        func `no daemon links Foundation`(program: String) async throws {
            let result = try await Command.run(["ldd", Surroundings.product(program)])
            #expect(result.isSuccess, "\(result)")
            #expect(result.text.contains("libswiftCore"))
            #expect(!result.text.contains("Foundation"))
        }
    }
}
