// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What only the daemons find in a configuration: `mailctl check`, `start` and `reload` ask them.
    @Suite struct ChecksByDaemons {
        /// Lines of main.cf that keep a daemon from serving, and what the message names.
        private static let rows: [(lines: String, named: String)] = [
            ("mynetworks = 10.0.0.0/33", "10.0.0.0/33"),
            ("smtpd_tls_key_file = $smtpd_tls_cert_file", "key"),
            ("smtpd_tls_cert_file =\nsmtpd_tls_security_level = encrypt", "smtpd_tls_cert_file"),
            ("smtpd_relay_restrictions = permti_mynetworks, reject", "permti_mynetworks"),
            ("virtual_uid_maps = static:0", "virtual_uid_maps"),
        ]

        @Test(arguments: rows)
        func `check refuses what a daemon could not serve with, and says where`(lines: String, named: String)
            async throws
        {
            let instance = try MailInstance { setup, _ in setup.main.append(lines) }
            let result = try await instance.mailctl("check")
            #expect(result.code == 1)
            let errors = result.text.split(separator: "\n").filter { $0.contains(": error: ") && $0.contains(named) }
            #expect(errors.count == 1, "\(result)")
            #expect(
                errors.allSatisfy { $0.range(of: #"\.cf:[0-9]+: error: "#, options: .regularExpression) != nil },
                "\(errors)"
            )
        }

        @Test func `a passdb that there is no driver for is an error of its line`() async throws {
            let instance = try MailInstance { setup, _ in setup.dovecot.append("passdb {\n  driver = pam\n}") }
            let result = try await instance.mailctl("check")
            let place = result.text.range(of: "dovecot\\.conf[^\n]*[0-9]+[^\n]*driver pam", options: .regularExpression)
            #expect(result.code == 1 && place != nil, "\(result)")
        }

        @Test func `a configuration without faults has none for the daemons either`() async throws {
            let instance = try MailInstance()
            let result = try await instance.mailctl("check", "-q")
            #expect(result.code == 0 && result.text.isEmpty, "\(result)")
        }

        @Test func `reload and start refuse it, and the running daemons go on`() async throws {
            try await MailInstance.running { instance in
                let good = instance.folder.text("etc/main.cf")
                try instance.folder.write("etc/main.cf", good + "mynetworks = 10.0.0.0/33\n")
                let reload = try await instance.mailctl("reload")
                #expect(reload.code == 1 && reload.text.contains("10.0.0.0/33"), "\(reload)")
                #expect(reload.text.contains("goes on with the old one"))
                let start = try await instance.mailctl("start")
                #expect(start.code == 1 && start.text.contains("10.0.0.0/33"), "\(start)")
                let port = instance.ports.smtp
                let greeting = try await blocking { try RawClient(port: port).reply().code }
                #expect(greeting == 220)
            }
        }

        @Test(.enabled(if: Surroundings.isRoot, "without root the daemons are whoever runs them"))
        func `check says that a password file is read at a reload only`() async throws {
            let instance = try MailInstance()
            let result = try await instance.mailctl("check")
            #expect(result.code == 0, "\(result)")
            #expect(
                result.text.contains("passwd-file \(instance.folder["etc/users"]) cannot be read by relais"),
                "\(result)"
            )
        }
    }
}
