// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A reload while a delivery is under way.
    @Suite struct ReloadDuringDelivery {
        @Test func `A delivery that outlasts a reload is made once, and other mail flows meanwhile`() async throws {
            try await MailInstance.running({ setup, _ in
                setup.main += [
                    "deliver_lock_attempts = 600", "deliver_lock_delay = 1s", "virtual_mailbox_lock = fcntl",
                ]
                // With bob's mailbox a file, which another program may lock for as long as it likes.
                setup.main.append(
                    "virtual_mailbox_maps = inline:{{bob@example.test = bob.mbox}, {alice@example.test = alice/Maildir/}}"
                )
            }) { instance in
                let path = instance.folder["mail/bob.mbox"]
                _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                chown(path, instance.owner, instance.owner)
                let file = open(path, O_RDWR | O_CLOEXEC)
                var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
                #expect(fcntl(file, F_SETLK, &lock) == 0)
                try await Self.send(instance, to: "bob", "held")
                try await waiting(until: "the delivery to bob has begun\n\(instance.logEnd)") {
                    instance.processes.contains { $0.name == "virtual" }
                }
                let manager = instance.processes.first { $0.name == "qmgr" }?.pid
                let reasons = try await instance.mailctl("queue", "list").text
                try instance.folder.write(
                    "etc/main.cf",
                    instance.folder.text("etc/main.cf") + "queue_run_delay = 200s\n"
                )
                #expect(try await instance.mailctl("reload").isSuccess)
                try await Self.send(instance, to: "alice", "other")
                _ = try await instance.messages("alice", count: 1)
                // Still under way, and qmgr is the one that began it.
                #expect(FileManager.default.contents(atPath: path)?.isEmpty == true, "\(reasons)")
                #expect(instance.processes.contains { $0.name == "qmgr" && $0.pid == manager })
                #expect(try await instance.mailctl("queue", "list").text.contains("bob@example.test"))
                close(file)
                try await instance.queueIsEmpty()
                let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                #expect(text.components(separatedBy: "Subject: held").count == 2, "\(text)")
                #expect(instance.inbox("alice").count == 1)
                #expect(!instance.log.contains("status=deferred"))
            }
        }

        private static func send(_ instance: MailInstance, to user: String, _ subject: String) async throws {
            let sent = try await EndToEnd.swaks(
                instance.ports.smtp,
                "--from",
                "x@client.test",
                "--to",
                instance.address(user),
                "--header",
                "Subject: \(subject)"
            )
            #expect(sent.isSuccess, "\(sent)")
        }
    }
}
