// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// NOTIFY=SUCCESS (RFC 3461 section 5.2): who asks is told of a delivery, once.
    @Suite struct SuccessReports {
        private static let controlFile = "etc/crash-point"

        @Test func `who asks for it gets a report on the delivery, with the fields of RFC 3464`() async throws {
            try await MailInstance.running { instance in
                let code = try await blocking {
                    try Self.send("asked", "NOTIFY=SUCCESS ORCPT=rfc822;Alice+40example.test", to: instance)
                }
                #expect(code == 250)
                _ = try await instance.messages("alice", count: 1)
                try await instance.folder.write("report", instance.messages("bob", count: 1, seconds: 120)[0])
                try await instance.queueIsEmpty(seconds: 120)
                // Read by Python's parser, which is nobody of ours.
                let parsed = try await Command.run([
                    "python3", "-c",
                    """
                    import email, sys
                    m = email.message_from_binary_file(open(sys.argv[1], 'rb'))
                    status = m.get_payload(1).get_payload()
                    print(m['Return-Path'], m.get_content_type(), m['Auto-Submitted'], '|', m['Subject'])
                    print([part.get_content_type() for part in m.get_payload()])
                    print(status[0]['Reporting-MTA'], '|', status[0]['Original-Envelope-Id'], '|', len(status) - 1)
                    print(status[1]['Final-Recipient'], '|', status[1]['Original-Recipient'])
                    print(status[1]['Action'], status[1]['Status'], status[1]['Remote-MTA'])
                    """,
                    instance.folder["report"],
                ])
                #expect(
                    parsed.text == """
                        <> multipart/report auto-replied | Successful Mail Delivery Report
                        ['text/plain', 'message/delivery-status', 'text/rfc822-headers']
                        dns; mx.example.test | QQ314 | 1
                        rfc822; alice@example.test | rfc822; Alice@example.test
                        delivered 2.0.0 None

                        """,
                    "\(parsed)"
                )
                #expect(instance.log.contains("sender delivery status notification: "))
            }
        }

        @Test func `who asks for nothing, or for silence, gets none`() async throws {
            try await MailInstance.running { instance in
                for options in ["", "NOTIFY=NEVER", "NOTIFY=FAILURE,DELAY"] {
                    #expect(try await blocking { try Self.send("silent", options, to: instance) } == 250)
                }
                _ = try await instance.messages("alice", count: 3)
                try await instance.queueIsEmpty(seconds: 120)
                #expect(instance.inbox("bob").isEmpty)
                #expect(!instance.log.contains("notification: "))
            }
        }

        @Test(
            "a crash of qmgr repeats neither the delivery nor the report",
            arguments: [CrashPoint.bounceRequested, .qmgrDone]
        )
        func crash(point: CrashPoint) async throws {
            try await MailInstance.running({ setup, folder in
                setup.main += [
                    "import_environment = RELAIS_CRASH_POINT_FILE=\(folder[Self.controlFile])", "queue_run_delay = 1s",
                ]
            }) { instance in
                try instance.folder.write(Self.controlFile, "\(point.rawValue)\n")
                #expect(try await blocking { try Self.send("once", "NOTIFY=SUCCESS", to: instance) } == 250)
                _ = try await waiting(for: "somebody stops at \(point)", seconds: 120) { Self.stopped(instance) }
                try instance.folder.write(Self.controlFile, "none\n")
                for process in instance.processes where process.name == "qmgr" || process.name == "bounce" {
                    kill(process.pid, SIGKILL)
                }
                _ = try await instance.messages("bob", count: 1, seconds: 120)
                try await instance.queueIsEmpty(seconds: 120)
                // The report's own delivery may be the one that the crash repeats; a second report has an id of its own.
                #expect(Set(instance.messages("bob").map(Self.messageID)).count == 1)
                #expect(instance.inbox("alice").count == 1)
            }
        }

        private static func messageID(_ message: [UInt8]) -> String {
            let lines = String(decoding: message, as: UTF8.self).split(separator: "\n")
            return lines.first { $0.lowercased().hasPrefix("message-id:") }.map(String.init) ?? ""
        }

        private static func send(_ subject: String, _ options: String, to instance: MailInstance) throws -> Int {
            let client = try RawClient(port: instance.ports.smtp, seconds: 60)
            _ = try client.reply()
            try client.command("EHLO asking.test")
            try client.command("MAIL FROM:<bob@example.test> RET=HDRS ENVID=QQ314")
            try client.command("RCPT TO:<alice@example.test> \(options)")
            try client.command("DATA")
            return try client.command(EndToEnd.message(subject) + ".").code
        }

        private static func stopped(_ instance: MailInstance) -> pid_t? {
            instance.processes.first { process in
                let stat = try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
                return stat?.split(separator: ")").last?.hasPrefix(" T") ?? false
            }?.pid
        }
    }
}
