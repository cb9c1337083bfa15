// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Commands and files where aliases(5) and a user's home may name them.
    @Suite struct HostileAliases {
        @Test
        func `Commands, files and lists in aliases and command settings are text that nobody runs, writes or reads`()
            async throws
        {
            let targets = [
                "|touch PROOF", "| touch PROOF", "|/bin/sh -c 'touch PROOF'", "PROOF", ":include:PROOF-list",
                "|exec touch PROOF",
                "\\\\|touch PROOF", "$(touch PROOF)", "`touch PROOF`", "joe;touch PROOF", "joe|touch PROOF", "-oXPROOF",
            ]
            try await MailInstance.running({ setup, folder in
                let rows = targets.enumerated().map { index, target in
                    let text = target.replacingOccurrences(of: "PROOF", with: folder["proof"])
                        .replacingOccurrences(of: "\"", with: "\\\"")
                    return "alias\(index) \"\(text)\"\n"
                }
                _ = try? folder.write("etc/aliases", rows.joined())
                _ = try? folder.write("proof-list", "alice@example.test\n")
                setup.main = [
                    "mydestination = system.test, localhost.example.test",
                    "alias_maps = texthash:\(folder["etc/aliases"])",
                    "local_recipient_maps =", "mail_spool_directory = \(folder["mbox"])/",
                    "smtpd_hard_error_limit = 1000", "minimal_backoff_time = 1h",
                ]
                _ = try? folder.makeFolder("mbox", mode: 0o1777)
            }) { relais in
                try await blocking { [port = relais.ports.smtp] in
                    let client = try RawClient(port: port)
                    _ = try client.reply()
                    _ = try client.command("EHLO client.test")
                    for index in targets.indices {
                        _ = try client.command("MAIL FROM:<>")
                        #expect(try client.command("RCPT TO:<alias\(index)@system.test>").code == 250)
                        _ = try client.command("DATA")
                        #expect(try client.command("Subject: \(index)\r\n\r\nx\r\n.").code == 250)
                    }
                }
                for index in targets.indices {
                    try await waiting(until: "alias\(index) is told\n\(relais.logEnd)") {
                        relais.log.contains("orig_to=<alias\(index)@system.test>")
                            || relais.log.contains("to=<alias\(index)@system.test>")
                    }
                }
                #expect(!FileManager.default.fileExists(atPath: relais.folder["proof"]))
                #expect(relais.inbox("alice").isEmpty)
                #expect(relais.folder.names("mbox").isEmpty, "\(relais.folder.names("mbox"))")
                #expect(!relais.log.contains("killed by signal") && !relais.log.contains("fatal:"))
            }
        }
    }
}
