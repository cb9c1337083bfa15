// SPDX-License-Identifier: Apache-2.0
import MailAddress
import MailEnvelope
import Testing
import TestSupport

@testable import FinalDelivery

@Suite struct HeadLinesTests {
    static func lines(_ sender: String, _ address: String, _ original: String, marks: Bool = true) -> String {
        let recipient = Recipient(address: address, original: original)
        let lines = HeadLines.lines(sender: sender, recipient: recipient, marksDelivery: marks)
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
        guard let address = EmailAddress(internalForm: address) else { return false }
        return HeadLines.wasDelivered(to: address, header: bytes.span)
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

    static let hostile: [(sender: String, address: String, original: String)] = [
        ("x@y\nBcc: z@w", "joe\nX: y@example.org", "a\r\nb@example.org"),
        ("\u{0}@y", "\u{1b}[31m@example.org", "joe@exa mple.org"),
        (">, <b@y", "@", "@@"), ("\"", "joe@", "<joe@example.org>\n"),
        (String(repeating: "x", count: 2000) + "@y", String(repeating: "x", count: 2000) + "@example.org", "\n\n"),
    ]

    @Test(arguments: hostile)
    func `Whatever an envelope holds, the lines are those of a delivery`(
        _ row: (sender: String, address: String, original: String)
    ) throws {
        let text = Self.lines(row.sender, row.address, row.original)
        #expect(text.hasPrefix("Return-Path: ") && text.hasSuffix("\n"))
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(["Return-Path: ", "X-Original-To: ", "Delivered-To: "].contains { line.hasPrefix($0) }, "\(line)")
            #expect(line.utf8.count <= 998 && line.utf8.allSatisfy { $0 >= 32 && $0 != 127 })
        }
    }
}
