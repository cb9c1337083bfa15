// SPDX-License-Identifier: Apache-2.0
import MailMessage
import MailStatus
import Testing

@testable import DeliveryStatus

/// A report taken apart again: its parts' types and bytes.
private struct ParsedReport {
    let types: [String]
    let bodies: [[UInt8]]
    let header: [UInt8]

    init(_ report: DeliveryReport) throws {
        let bytes = report.bytes
        let structure = MessageStructure(parsing: bytes.span)
        let root = structure.root
        try #require(root.kind == .multipart)
        header = Array(bytes[root.header.range])
        let children = root.children.compactMap { structure[$0] }
        types = children.map { part in
            [part.contentType.type, part.contentType.subtype]
                .map { String(decoding: $0, as: UTF8.self).lowercased() }.joined(separator: "/")
        }
        bodies = children.map { Array(bytes[$0.body.range]) }
    }

    /// The values of a field in the blocks of fields of the second part.
    func values(_ name: String) -> [String] { Self.values(name, in: bodies[1]) }

    static func values(_ name: String, in bytes: [UInt8]) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self).replacing("\n ", with: " ")
        return text.split(separator: "\n").compactMap { line in
            line.hasPrefix("\(name): ") ? String(line.dropFirst(name.count + 2)) : nil
        }
    }
}

@Suite struct DeliveryReportTests {
    static let original = Array("From: alice@example.org\nSubject: Hi\n\nHello Bob\n".utf8)

    private func recipient(_ address: String = "bob@example.net", diagnostic: String = "550 5.1.1 no such user")
        -> ReportRecipient
    {
        ReportRecipient(
            address: address,
            action: .failed,
            status: EnhancedStatus(.permanent, 1, 1) ?? EnhancedStatus(undefined: .permanent),
            diagnostic: diagnostic,
            diagnosticType: "smtp",
            remoteMTA: "mx.example.net"
        )
    }

    private func report(
        _ kind: DeliveryReport.Kind = .failure,
        recipients: [ReportRecipient],
        returned: ReturnedContent = .full(original)
    ) -> DeliveryReport {
        DeliveryReport(
            kind: kind,
            host: "mail.example.org",
            queueID: "3Pt2mN2VXxznjll",
            sender: "alice@example.org",
            arrival: 1_700_000_000,
            recipients: recipients,
            returned: returned,
            date: 1_700_000_100,
            zoneMinutes: 60,
            reportID: "3Pt2mN2VYxznjll"
        )
    }

    @Test func `A failure is a report in three parts with the fields of RFC 3464`() throws {
        var report = report(recipients: [recipient(), recipient("carol@example.net")])
        report.envelopeID = "QQ314159"
        report.recipients[0].dsnOriginal = "rfc822;info+2Bx@example.org"
        report.recipients[0].lastAttempt = 1_700_000_050
        let parsed = try ParsedReport(report)
        #expect(parsed.types == ["text/plain", "message/delivery-status", "message/rfc822"])
        #expect(parsed.values("Reporting-MTA") == ["dns; mail.example.org"])
        #expect(parsed.values("Original-Envelope-Id") == ["QQ314159"])
        #expect(parsed.values("X-Relais-Queue-ID") == ["3Pt2mN2VXxznjll"])
        #expect(parsed.values("Arrival-Date") == ["Tue, 14 Nov 2023 23:13:20 +0100"])
        #expect(parsed.values("Final-Recipient") == ["rfc822; bob@example.net", "rfc822; carol@example.net"])
        #expect(parsed.values("Original-Recipient") == ["rfc822; info+x@example.org"])
        #expect(parsed.values("Action") == ["failed", "failed"])
        #expect(parsed.values("Status") == ["5.1.1", "5.1.1"])
        #expect(parsed.values("Remote-MTA") == ["dns; mx.example.net", "dns; mx.example.net"])
        #expect(parsed.values("Diagnostic-Code").first == "smtp; 550 5.1.1 no such user")
        #expect(parsed.values("Last-Attempt-Date") == ["Tue, 14 Nov 2023 23:14:10 +0100"])
        #expect(parsed.bodies[2] == Self.original)
        #expect(ParsedReport.values("To", in: parsed.header) == ["<alice@example.org>"])
        #expect(ParsedReport.values("Auto-Submitted", in: parsed.header) == ["auto-replied"])
        #expect(ParsedReport.values("Message-ID", in: parsed.header) == ["<3Pt2mN2VYxznjll@mail.example.org>"])
        #expect(ParsedReport.values("Content-Transfer-Encoding", in: parsed.header) == [])
        let text = String(decoding: parsed.bodies[0], as: UTF8.self)
        #expect(text.contains("<bob@example.net>: mx.example.net said: 550 5.1.1"))
    }

    @Test func `Fields of a recipient stand in a block of their own`() throws {
        let parsed = try ParsedReport(report(recipients: [recipient(), recipient("carol@example.net")]))
        let blocks = String(decoding: parsed.bodies[1], as: UTF8.self).split(separator: "\n\n")
        #expect(blocks.count == 3)
        #expect(blocks[0].hasPrefix("Reporting-MTA: "))
        #expect(blocks[1].hasPrefix("Final-Recipient: rfc822; bob"))
    }

    @Test func `A warning says until when, and a success that it arrived`() throws {
        var late = recipient()
        late.action = .delayed
        late.status = EnhancedStatus(undefined: .transient)
        var warning = report(.delay, recipients: [late], returned: .headers(Array("Subject: Hi\n".utf8)))
        warning.retryUntil = 1_700_400_000
        let parsed = try ParsedReport(warning)
        #expect(parsed.types == ["text/plain", "message/delivery-status", "text/rfc822-headers"])
        #expect(parsed.values("Action") == ["delayed"])
        #expect(parsed.values("Will-Retry-Until") == ["Sun, 19 Nov 2023 14:20:00 +0100"])
        #expect(parsed.bodies[2] == Array("Subject: Hi\n".utf8))
        var done = recipient(diagnostic: "delivered to mailbox")
        done.action = .delivered
        done.diagnosticType = ""
        done.status = EnhancedStatus(undefined: .success)
        let success = try ParsedReport(report(.success, recipients: [done]))
        #expect(success.values("Action") == ["delivered"])
        #expect(success.values("Diagnostic-Code") == [])
        #expect(success.values("Will-Retry-Until") == [])
    }

    @Test(arguments: ["\r\n", "\n", "\r", "\0", "\u{2028}", "\u{85}", "\u{0B}", "\n\n", "\r\n\r\n--x"])
    func `Nothing foreign begins a field, a part or a message`(line: String) throws {
        let attack = "no\(line)Action: delivered\(line)Bcc: victim@example.com"
        var report = report(recipients: [recipient("bob\(line)Action: delivered@example.net", diagnostic: attack)])
        report.recipients[0].remoteMTA = "mx\(line)Action: delivered"
        report.recipients[0].original = "x\(line)Action: delivered"
        report.recipients[0].dsnOriginal = "rfc822;a+0D+0AAction: delivered\(line)b"
        report.recipients[0].diagnosticType = "smtp\(line)Action: delivered"
        report.sender = "alice\(line)Bcc: victim@example.com"
        report.envelopeID = "a\(line)Action: delivered"
        report.queueID = "a\(line)Action: delivered"
        report.host = "mail.example.org\(line)Bcc: victim@example.com"
        for needsUTF8 in [false, true] {
            report.messageNeedsUTF8 = needsUTF8
            let parsed = try ParsedReport(report)
            #expect(parsed.types.count == 3)
            #expect(parsed.values("Action") == ["failed"])
            #expect(ParsedReport.values("Bcc", in: parsed.header) == [])
            #expect(!report.bytes.contains { $0 < 32 && $0 != 10 })
            #expect(parsed.bodies[2] == Self.original)
        }
    }

    @Test func `A foreign text cannot end a part, and a returned message cannot either`() throws {
        var report = report(recipients: [recipient()])
        let boundary = report.boundary
        report.recipients[0].diagnostic = "\n--\(boundary)--\n"
        report.returned = .full(
            Array("Subject: x\n\n--\(boundary)--\n--\(boundary)\nContent-Type: text/html\n\nx".utf8)
        )
        let parsed = try ParsedReport(report)
        #expect(parsed.types == ["text/plain", "message/delivery-status", "message/rfc822"])
        #expect(parsed.bodies[2] == report.returned.bytes + [10] || parsed.bodies[2] == report.returned.bytes)
    }

    @Test func `Lines stay within RFC 5322 whatever a host says`() throws {
        let long = recipient(
            String(repeating: "a", count: 3000) + "@example.net",
            diagnostic: String(repeating: "word ", count: 500) + String(repeating: "x", count: 5000)
                + String(repeating: " ", count: 500) + "end"
        )
        let parsed = try ParsedReport(report(recipients: [long]))
        for line in (parsed.header + parsed.bodies[0] + parsed.bodies[1]).split(separator: 10) {
            #expect(line.count <= 998)
            #expect(line.contains { $0 != 32 })
        }
        #expect(parsed.values("Diagnostic-Code").first?.hasSuffix("end") == true)
        #expect(parsed.values("Status") == ["5.1.1"])
    }

    @Test func `A message with UTF-8 addresses gets the parts of RFC 6533`() throws {
        var report = report(recipients: [recipient("bøb@exämple.net", diagnostic: "niemand heißt so")])
        report.sender = "älice@example.org"
        #expect(report.needsUTF8 && report.isEightBit)
        let parsed = try ParsedReport(report)
        #expect(parsed.types == ["text/plain", "message/global-delivery-status", "message/global"])
        #expect(parsed.values("Final-Recipient") == ["utf-8; bøb@exämple.net"])
        #expect(parsed.values("Diagnostic-Code") == ["smtp; niemand heißt so"])
        #expect(ParsedReport.values("Content-Transfer-Encoding", in: parsed.header) == ["8bit"])
        report.returned = .headers([])
        #expect(try ParsedReport(report).types.last == "message/global-headers")
    }

    @Test func `Without SMTPUTF8 a report is ASCII but for what is returned`() throws {
        var report = report(recipients: [recipient("bø+b@example.net", diagnostic: "heißt")])
        #expect(!report.needsUTF8 && !report.isEightBit)
        let parsed = try ParsedReport(report)
        #expect(parsed.values("Final-Recipient") == ["utf-8; b\\x{F8}\\x{2B}b@example.net"])
        #expect(parsed.values("Diagnostic-Code") == ["smtp; hei?t"])
        #expect(report.bytes.allSatisfy { $0 < 128 })
        report.returned = .full(Array("Subject: x\n\nGrüße\n".utf8))
        #expect(report.isEightBit)
        #expect(try ParsedReport(report).bodies[2] == Array("Subject: x\n\nGrüße\n".utf8))
    }

    @Test func `Many recipients come in chunks`() {
        let report = report(recipients: (0..<3000).map { recipient("user\($0)@example.net") })
        var chunks: [Int] = []
        var whole: [UInt8] = []
        report.write { (chunk: [UInt8]) in
            chunks.append(chunk.count)
            whole += chunk
        }
        #expect(chunks.count > 5)
        #expect(chunks.allSatisfy { $0 < 80 << 10 })
        #expect(whole == report.bytes)
    }

    @Test(arguments: ["rfc822", "rfc822;", ";x", "", "rf c;x"])
    func `A broken ORCPT is left out`(parameter: String) throws {
        var report = report(recipients: [recipient()])
        report.recipients[0].dsnOriginal = parameter
        #expect(try ParsedReport(report).values("Original-Recipient") == [])
    }

    @Test(arguments: ["rfc822;a+", "rfc822;a+2", "rfc822;a+ZZ", "rfc822;a+FF", "rfc822;+é"])
    func `Broken xtext neither traps nor leaks bytes`(parameter: String) throws {
        var report = report(recipients: [recipient()])
        report.recipients[0].dsnOriginal = parameter
        #expect(try ParsedReport(report).values("Original-Recipient").count == 1)
        #expect(report.bytes.allSatisfy { $0 < 128 })
    }
}

@Suite struct ReturnedContentTests {
    private let message = Array("A: 1\nB: 2\n 3\n\nbody\n\nmore\n".utf8)

    @Test func `A small message comes back whole where that is wanted`() {
        #expect(ReturnedContent.choose(content: message, size: message.count, wantsFull: true) == .full(message))
        #expect(
            ReturnedContent.choose(content: message, size: message.count, wantsFull: false)
                == .headers(Array("A: 1\nB: 2\n 3\n".utf8))
        )
    }

    @Test func `A message over the limit, or one that is not all there, comes back as its header`() {
        let header = ReturnedContent.headers(Array("A: 1\nB: 2\n 3\n".utf8))
        #expect(ReturnedContent.choose(content: message, size: message.count, wantsFull: true, limit: 20) == header)
        #expect(ReturnedContent.choose(content: message, size: 100, wantsFull: true) == header)
    }

    @Test func `A header over the limit is cut between lines`() {
        #expect(
            ReturnedContent.choose(content: message, size: message.count, wantsFull: false, limit: 7)
                == .headers(Array("A: 1\n".utf8))
        )
        #expect(ReturnedContent.choose(content: [], size: 0, wantsFull: false) == .headers([]))
        #expect(
            ReturnedContent.choose(content: Array("A: 1\r\n\r\nx".utf8), size: 10, wantsFull: false)
                == .headers(Array("A: 1\r\n".utf8))
        )
    }
}
