// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("mbox delivery")
struct MboxDeliveryTests {
    let folder = TemporaryFolder()
    let quick = MboxLocking(patience: LockPatience(attempts: 2, delay: 1_000_000, staleAfter: 500_000_000_000))

    func envelope(_ sender: String = "a@example.org", group: UInt32? = nil) -> MboxDelivery.Envelope {
        MboxDelivery.Envelope(
            sender: sender,
            time: 1_795_165_500,
            owner: Identity.effectiveUser,
            group: group
        )
    }

    func deliver(_ text: String, sender: String = "a@example.org", limit: Int? = nil) throws(DeliveryFailure) {
        try MboxDelivery(locking: quick, sizeLimit: limit).deliver(
            Array(text.utf8),
            header: Array("Delivered-To: b\n".utf8),
            to: folder.path + "/mbox",
            envelope: envelope(sender)
        )
    }

    @Test func `Messages follow each other with From lines and a blank line after each`() throws {
        try deliver("Subject: 1\r\n\r\nFrom here\r\n>From\r\nFro\r\n")
        try deliver("Subject: 2\n\nno line end", sender: "")
        let lines = folder.text("mbox").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == 15)
        #expect(lines[0].hasPrefix("From a@example.org  ") && lines[0].hasSuffix(" 2026"))
        #expect(lines[1...7] == ["Delivered-To: b", "Subject: 1", "", ">From here", ">From", "Fro", ""])
        #expect(lines[8].hasPrefix("From MAILER-DAEMON  "))
        #expect(lines[9...] == ["Delivered-To: b", "Subject: 2", "", "no line end", "", ""])
        #expect(folder.names("") == ["mbox"])
    }

    @Test(arguments: ["x", "x\n"])
    func `A message cut off by a crash does not swallow the next one`(rest: String) throws {
        try folder.write("mbox", rest)
        try deliver("Subject: 2\n\n")
        #expect(folder.text("mbox").contains("x\n\nFrom a@example.org"))
    }

    @Test func `Blanks and line ends in a sender do not break the From line`() {
        let line = mboxFromLine(sender: "\"a b\nFrom x\"@c", time: 0, zoneMinutes: 0)
        #expect(String(decoding: line, as: UTF8.self) == "From \"a_b_From_x\"@c  Thu Jan  1 00:00:00 1970\n")
    }

    @Test func `A new mailbox has mode 0600, whatever its group is`() throws {
        try deliver("x")
        #expect(folder.mode("mbox") == 0o600)
        try MboxDelivery(locking: quick).deliver(
            [],
            to: folder.path + "/shared",
            envelope: envelope(group: Identity.effectiveGroup)
        )
        #expect(folder.mode("shared") == 0o600)
    }

    @Test func `Links, other kinds of files and other people's files are refused and stay as they are`() throws {
        try folder.write("target", "old")
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder.path + "/mbox", withDestinationPath: folder.path + "/target")
        #expect(throws: DeliveryFailure.self) { try deliver("x") }
        try manager.removeItem(atPath: folder.path + "/mbox")
        try manager.linkItem(atPath: folder.path + "/target", toPath: folder.path + "/mbox")
        #expect(throws: DeliveryFailure.self) { try deliver("x") }
        try manager.removeItem(atPath: folder.path + "/mbox")
        mkfifo(folder.path + "/mbox", 0o600)
        #expect(throws: DeliveryFailure.self) { try deliver("x") }
        try manager.removeItem(atPath: folder.path + "/mbox")
        let other = MboxDelivery.Envelope(sender: "a", time: 0, owner: Identity.effectiveUser &+ 1)
        let failure = #expect(throws: DeliveryFailure.self) {
            try MboxDelivery(locking: quick).deliver([65], to: folder.path + "/target", envelope: other)
        }
        #expect(failure?.isTemporary == true)
        #expect(folder.text("target") == "old")
        #expect(folder.names("") == ["target"])
    }

    @Test func `A mailbox over the limit keeps its mail and refuses more`() throws {
        try deliver("x")
        let before = folder.text("mbox")
        let failure = #expect(throws: DeliveryFailure.self) { try deliver("y", limit: 20) }
        #expect(failure?.isTemporary == false)
        #expect(folder.text("mbox") == before)
    }

    @Test func `A source shorter than promised leaves the mailbox as it was`() throws {
        try deliver("x")
        let before = folder.text("mbox")
        try folder.write("queue", "short")
        let source = try Descriptor.open(folder.path + "/queue", .read)
        #expect(throws: DeliveryFailure.self) {
            try MboxDelivery(locking: quick).deliver(
                source,
                offset: 0,
                length: 100,
                to: folder.path + "/mbox",
                envelope: envelope()
            )
        }
        #expect(folder.text("mbox") == before)
    }

    @Test func `A lock file of a living process defers, one of a dead process is taken away`() throws {
        try folder.write("mbox.lock", "\(ProcessInfo.processInfo.processIdentifier):\(hostName())")
        let failure = #expect(throws: DeliveryFailure.self) { try deliver("x") }
        #expect(failure?.reason == .locked)
        #expect(folder.names("") == ["mbox.lock"])
        try folder.write("mbox.lock", "2147483646:\(hostName())")
        try deliver("x")
        #expect(folder.names("") == ["mbox"])
    }

    @Test func `An old lock file of any host is taken away`() throws {
        try folder.write("mbox.lock", "1:elsewhere.example")
        let old = MboxLocking(patience: LockPatience(attempts: 2, delay: 0, staleAfter: -1))
        try MboxDelivery(locking: old).deliver([65], to: folder.path + "/mbox", envelope: envelope())
        #expect(folder.names("") == ["mbox"])
    }

    @Test func `A lock held on the file defers`() throws {
        try deliver("x")
        let file = try Descriptor.open(folder.path + "/mbox", .update)
        #expect(try file.lock(exclusive: true, wait: false))
        let failure = #expect(throws: DeliveryFailure.self) { try deliver("y") }
        #expect(failure?.reason == .locked)
        file.unlock()
        try deliver("y")
    }

    @Test func `A folder without room for a lock file is fine only where that is allowed`() throws {
        let place = folder.path + "/missing/mbox"
        let failure = #expect(throws: DeliveryFailure.self) {
            try MboxDelivery(locking: quick).deliver([65], to: place, envelope: envelope())
        }
        #expect(failure?.isTemporary == true)
    }

    @Test func `Threads append at once and no message is lost or torn`() throws {
        let path = folder.path + "/mbox"
        let envelope = envelope()
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for round in 0..<10 {
                let locking = MboxLocking(
                    patience: LockPatience(attempts: 20_000, delay: 500_000, staleAfter: 500_000_000_000)
                )
                let body = Array("X: \(thread)/\(round)\n\n\(String(repeating: "line\n", count: 200))".utf8)
                try? MboxDelivery(locking: locking).deliver(body, to: path, envelope: envelope)
            }
        }
        let lines = folder.text("mbox").split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("From ") } == 40)
        #expect(Set(lines.filter { $0.hasPrefix("X: ") }).count == 40)
        #expect(lines.count { $0 == "line" } == 8000)
    }

    @Test(arguments: ["From x\n\nFrom y\nFro\nFrom\n From z\nFrom ", "F", "", "\n\nFrom a\n"], [1, 2, 3, 5, 100])
    func `From lines are quoted whatever the chunks`(text: String, chunk: Int) {
        let input = Array(text.utf8)
        var quoting = MboxQuoting()
        var output: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: chunk) {
            quoting.quote(Array(input[start..<min(input.count, start + chunk)]), into: &output)
        }
        quoting.finish(into: &output)
        let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("From ") ? ">" + $0 : $0 }.joined(separator: "\n")
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (0, "Thu Jan  1 00:00:00 1970"), (951_782_400, "Tue Feb 29 00:00:00 2000"),
            (1_795_165_500, "Fri Nov 20 09:05:00 2026"), (-1, "Wed Dec 31 23:59:59 1969"),
            (253_402_214_400, "Fri Dec 31 00:00:00 9999"),
        ] as [(Int64, String)]
    )
    func `Dates are written as asctime does and read back`(seconds: Int64, text: String) {
        let line = mboxFromLine(sender: "a", time: seconds, zoneMinutes: 0)
        #expect(line == Array("From a  \(text)\n".utf8))
        #expect(MboxParser.date(of: Array("From a  \(text) +0000".utf8)[...]) == seconds)
        #expect(MboxParser.date(of: Array("From a  \(text) -0130".utf8)[...]) == seconds + 5400)
        #expect(mboxFromLine(sender: "a", time: .max, zoneMinutes: 0).suffix(6) == Array(" 9999\n".utf8))
    }
}
