// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Mail for users of the system.
    @Suite struct LocalDeliveryTests {
        @Test(.enabled(if: Surroundings.isRoot, "only root can deliver as another user"))
        func `A system user's mail is appended to an mbox of their own, that only they and the mail group can read`()
            async throws
        {
            let user = try #require(getpwnam("games"), "every Debian has the user games").pointee
            try await MailInstance.running({ setup, folder in
                try? FileManager.default.createDirectory(atPath: folder["mbox"], withIntermediateDirectories: true)
                if let mail = getgrnam("mail") { chown(folder["mbox"], 0, mail.pointee.gr_gid) }
                chmod(folder["mbox"], 0o2775)
                setup.main = [
                    "mydestination = localhost.example.test, system.test", "mail_spool_directory = \(folder["mbox"])",
                    "local_recipient_maps = unix:passwd.byname",
                ]
            }) { relais in
                for subject in ["one", "two"] {
                    let sent = try await swaks(
                        relais.ports.smtp,
                        "--from",
                        "a@client.test",
                        "--to",
                        "games@system.test",
                        "--header",
                        "Subject: \(subject)",
                        "--body",
                        "From here\\nend"
                    )
                    #expect(sent.isSuccess, "\(sent)")
                    try await relais.queueIsEmpty()
                }
                let text = relais.folder.text("mbox/games")
                let starts = text.components(separatedBy: "\n").filter { $0.hasPrefix("From ") }
                #expect(starts.count == 2 && starts.allSatisfy { $0.hasPrefix("From a@client.test  ") }, "\(text)")
                #expect(text.contains("Subject: one\n") && text.contains("Subject: two\n"))
                #expect(text.contains("\n>From here\n") && text.hasSuffix("\n\n"))
                var info = stat()
                try #require(stat(relais.folder["mbox/games"], &info) == 0)
                #expect(info.st_uid == user.pw_uid)
                #expect(info.st_mode & 0o007 == 0)
                #expect(relais.folder.names("mbox") == ["games"])
                let unknown = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "a@client.test",
                    "--to",
                    "nosuchuser@system.test"
                )
                #expect(unknown.code == 24, "\(unknown)")
            }
        }
    }
}
