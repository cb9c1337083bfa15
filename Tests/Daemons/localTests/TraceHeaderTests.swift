// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import POSIX
import Testing
import TestSupport

@testable import local

@Suite struct TraceHeaderTests {
    static func lines(_ sender: String, _ address: String, _ original: String, marks: Bool = true) -> String {
        let recipient = Recipient(address: address, original: original)
        let lines = TraceHeader.lines(sender: sender, recipient: recipient, marksDelivery: marks)
        return String(decoding: lines, as: UTF8.self)
    }

    @Test func `A mailbox delivery bears sender, original recipient and recipient`() {
        #expect(
            Self.lines("a b@example.com", "joe@example.org", "Boss@example.org")
                == """
                Return-Path: <"a b"@example.com>
                X-Original-To: Boss@example.org
                Delivered-To: joe@example.org

                """
        )
        #expect(
            Self.lines("", "joe@example.org", "", marks: false)
                == "Return-Path: <>\nX-Original-To: joe@example.org\n"
        )
    }

    @Test func `Nothing in an envelope breaks out of its line`() {
        #expect(Self.lines("x@y\nBcc: z@w", "joe\nX: y@example.org", "a\r\nb@example.org") == "Return-Path: <>\n")
    }

    static func wasDelivered(to address: String, _ header: String) -> Bool {
        let bytes = Array(header.utf8)
        return TraceHeader.wasDelivered(to: address, header: bytes.span)
    }

    static let headers: [(String, Bool)] = [
        ("Delivered-To: joe@example.org\n\nbody", true),
        ("Subject: x\r\ndelivered-to:\r\n  JOE@Example.ORG \r\n\r\nbody", true),
        ("Delivered-To: joe@example.org", true),
        ("Delivered-To: joe@example.org.net\n\n", false),
        ("X-Delivered-To: joe@example.org\n\n", false),
        ("Subject: x\n\nDelivered-To: joe@example.org\n", false),
        ("", false),
        ("\n", false),
        (":::\n\u{0}\n", false),
    ]

    @Test(arguments: headers)
    func `A loop is told by Delivered-To in the header alone`(_ row: (String, Bool)) {
        #expect(Self.wasDelivered(to: "joe@example.org", row.0) == row.1)
    }

    @Test func `A quoted address is found by both of its forms`() {
        #expect(Self.wasDelivered(to: "a b@example.org", "Delivered-To: \"a b\"@example.org\n\n"))
        #expect(Self.wasDelivered(to: "a b@example.org", "Delivered-To: a b@example.org\n\n"))
    }

    @Test(arguments: [0, 20_000, 100_000])
    func `The field is found in a file behind other fields`(_ filling: Int) throws {
        let folder = TemporaryFolder()
        let line = "X-Filling: " + String(repeating: "x", count: 60) + "\n"
        let before = String(repeating: line, count: filling / line.utf8.count)
        let text = "envelope" + before + "Delivered-To: joe@example.org\n\nbody\n"
        let file = try Descriptor.open(folder.write("file", text), .read)
        let length = text.utf8.count - 8
        #expect(try TraceHeader.wasDelivered(to: "joe@example.org", in: file, offset: 8, length: length))
        #expect(try !TraceHeader.wasDelivered(to: "ann@example.org", in: file, offset: 8, length: length))
    }
}
