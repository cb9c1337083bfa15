// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailStore
import POSIX
import TestSupport
import Testing

@Suite("Maildir delivery")
struct MaildirDeliveryTests {
    let folder = TemporaryFolder()
    let owner = Identity.effectiveUser

    @Test func `A message is put into new with LF line ends and its sizes in the name`() throws {
        let delivery = MaildirDelivery()
        let receipt = try delivery.deliver(
            Array("Subject: x\r\n\r\nhello\r\n".utf8),
            header: Array("Return-Path: <a@example.org>\nDelivered-To: b@example.org\n".utf8),
            to: folder.path + "/box",
            owner: owner
        )
        let text = "Return-Path: <a@example.org>\nDelivered-To: b@example.org\nSubject: x\n\nhello\n"
        #expect(folder.text("box/new/" + receipt.name) == text)
        #expect(receipt.size == text.utf8.count)
        #expect(receipt.virtualSize == text.utf8.count + 5)
        #expect(receipt.name.hasSuffix(",S=\(receipt.size),W=\(receipt.virtualSize)"))
        #expect(folder.names("box/new") == [receipt.name])
        #expect(folder.names("box/tmp") == [])
        #expect(folder.names("box") == ["cur", "new", "tmp"])
    }

    @Test func `A placed message is in new before its flush, and stays there with it`() throws {
        try folder.write("queue", "Subject: x\n\nhello\n")
        let delivery = MaildirDelivery()
        let box = folder.path + "/box"
        #expect(!delivery.isQuick(length: 18, to: box, owner: owner))
        let placed = try delivery.place(
            try Descriptor.open(folder.path + "/queue", .read),
            offset: 0,
            length: 18,
            to: box,
            owner: owner
        )
        #expect(folder.names("box/new") == [placed.receipt.name])
        #expect(folder.names("box/tmp") == [])
        try placed.flush()
        #expect(folder.text("box/new/" + placed.receipt.name) == "Subject: x\n\nhello\n")
        #expect(!delivery.isQuick(length: 1 << 20, to: box, owner: owner))
    }

    @Test func `Folders are made with mode 0700 and files with 0600`() throws {
        let receipt = try MaildirDelivery().deliver([], to: folder.path + "/a/b", owner: owner)
        #expect(folder.mode("a") == 0o700)
        #expect(["", "/tmp", "/new", "/cur"].map { folder.mode("a/b" + $0) } == [0o700, 0o700, 0o700, 0o700])
        #expect(folder.mode("a/b/new/" + receipt.name) == 0o600)
    }

    @Test(arguments: [0, 1, 4096, 262_143, 262_144, 262_145, 1_000_003])
    func `A part of a file is delivered whole whatever its length`(length: Int) throws {
        let line = Array("0123456789 abcdefgh\r\n".utf8)
        let content = (0..<length).map { line[$0 % line.count] }
        try folder.write("queue", Array("envelope".utf8) + content + Array("after".utf8))
        let source = try Descriptor.open(folder.path + "/queue", .read)
        let receipt = try MaildirDelivery().deliver(
            source,
            offset: 8,
            length: length,
            to: folder.path + "/box",
            owner: owner
        )
        var expected: [UInt8] = []
        for (index, byte) in content.enumerated() {
            if byte == 13, index + 1 < length { continue }
            expected.append(byte)
        }
        #expect(folder.read("box/new/" + receipt.name) == expected)
    }

    @Test func `A source shorter than promised is a temporary failure that leaves no file`() throws {
        try folder.write("queue", "short")
        let source = try Descriptor.open(folder.path + "/queue", .read)
        let failure = #expect(throws: DeliveryFailure.self) {
            try MaildirDelivery().deliver(source, offset: 0, length: 100, to: folder.path + "/box", owner: owner)
        }
        #expect(failure?.isTemporary == true)
        #expect(folder.names("box/new") == [])
        #expect(folder.names("box/tmp") == [])
    }

    @Test func `A message over the limit is refused for good`() throws {
        let delivery = MaildirDelivery(sizeLimit: 10)
        let failure = #expect(throws: DeliveryFailure.self) {
            try delivery.deliver([UInt8](repeating: 65, count: 11), to: folder.path + "/box", owner: owner)
        }
        #expect(failure?.isTemporary == false)
        #expect(failure?.status == "5.2.3")
        _ = try delivery.deliver([UInt8](repeating: 65, count: 10), to: folder.path + "/box", owner: owner)
    }

    @Test func `A mailbox path through a plain file is a temporary failure`() throws {
        try folder.write("file", "x")
        let failure = #expect(throws: DeliveryFailure.self) {
            try MaildirDelivery().deliver([], to: folder.path + "/file/box", owner: owner)
        }
        #expect(failure?.isTemporary == true)
    }

    @Test func `A mailbox removed behind our back is made again`() throws {
        let delivery = MaildirDelivery()
        _ = try delivery.deliver([65], to: folder.path + "/box", owner: owner)
        try FileManager.default.removeItem(atPath: folder.path + "/box")
        let receipt = try delivery.deliver([66], to: folder.path + "/box", owner: owner)
        #expect(folder.read("box/new/" + receipt.name) == [66])
    }

    @Test func `More mailboxes than may stay open are all served`() throws {
        let delivery = MaildirDelivery(openFolders: 3)
        for round in 0..<20 {
            _ = try delivery.deliver([65], to: folder.path + "/box\(round % 10)", owner: owner)
        }
        #expect((0..<10).allSatisfy { folder.names("box\($0)/new").count == 2 })
    }

    @Test func `Threads deliver at once and every message has its own name`() throws {
        let delivery = MaildirDelivery(openFolders: 2)
        let path = folder.path
        let owner = owner
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<10 {
                let body = Array("\(thread)/\(round)".utf8)
                _ = try? delivery.deliver(body, to: path + "/box\(round % 4)", owner: owner)
            }
        }
        let bodies = (0..<4).flatMap { box in
            folder.names("box\(box)/new").map { folder.text("box\(box)/new/" + $0) }
        }
        #expect(Set(bodies).count == 80)
    }

    @Test(arguments: [
        ("mail.example.org", "mail.example.org"), ("a/b:c", "a\\057b\\072c"), ("a,b", "a\\054b"), ("", "localhost"),
        ("a\nb", "a_b"),
    ])
    func `Host names are escaped for file names`(host: String, escaped: String) {
        #expect(MaildirName.escaped(host: host) == escaped)
    }
}

@Suite("Line ends")
struct LineEndingsTests {
    static let fixtures: [(String, String, Int)] = [
        ("", "", 0), ("a\r\nb\r\n", "a\nb\n", 2), ("a\nb", "a\nb", 1), ("\r", "\r", 0), ("\r\r\n\r", "\r\n\r", 1),
        ("\r\n\r\n", "\n\n", 2), ("a\rb\r\n", "a\rb\n", 1), ("\n\r\n", "\n\n", 2),
    ]

    @Test(arguments: fixtures, [1, 2, 3, 100])
    func `CRLF becomes LF whatever the chunks`(fixture: (String, String, Int), chunk: Int) {
        let input = Array(fixture.0.utf8)
        var output: [UInt8] = []
        var lineEndings = LineEndings()
        for start in stride(from: 0, to: input.count, by: chunk) {
            lineEndings.convert(Array(input[start..<min(input.count, start + chunk)]).span, into: &output)
        }
        lineEndings.finish(into: &output)
        #expect(String(decoding: output, as: UTF8.self) == fixture.1)
        #expect(lineEndings.size == output.count)
        #expect(lineEndings.lines == fixture.2)
        #expect(lineEndings.endsLine == (output.isEmpty || output.last == 10))
    }
}
