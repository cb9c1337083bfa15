// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What an administrator sees of the queue in the moment after a start.
    @Suite struct QueueStart {
        @Test func `right after a start the queue on disk is listed and flushed, not called empty`() async throws {
            let count = 200
            try await MailInstance.running({ setup, _ in
                // Nothing here can reach another host, so it stays in the queue.
                setup.aliases = ["later@example.test someone@elsewhere.test"]
            }) { instance in
                let client = try RawClient(port: instance.ports.smtp)
                _ = try client.reply()
                try client.command("EHLO start.test")
                for number in 0..<count {
                    try client.command("MAIL FROM:<>")
                    try client.command("RCPT TO:<later@example.test>")
                    try client.command("DATA")
                    #expect(try client.command(EndToEnd.message("start \(number)") + ".").code == 250)
                }
                try await waiting(until: "all are deferred") {
                    instance.queueFiles.filter { $0.hasPrefix("deferred/") }.count == count
                }
                try await instance.stop()
                try await instance.start()
                let list = try await instance.mailctl("queue", "list", "--json")
                #expect(list.text.components(separatedBy: "elsewhere.test\"").count - 1 == count)
                let flush = try await instance.mailctl("queue", "flush")
                #expect(flush.text.contains("\(count) messages"), "\(flush)")
                // Why they wait is in their files.
                #expect(list.text.components(separatedBy: "mail transport unavailable").count - 1 == count)
                // Postfix' line, of what qmgr decides too.
                let line =
                    #/qmgr\[\d+\]: \w+: to=<someone@elsewhere.test>, orig_to=<later@example.test>, relay=none, delay=[\d.]+, delays=[\d.]+\/[\d.]+\/0\/0, dsn=4.3.0, status=deferred \(mail transport unavailable/#
                #expect(instance.log.firstMatch(of: line) != nil, "\(instance.logEnd)")
            }
        }
    }
}
