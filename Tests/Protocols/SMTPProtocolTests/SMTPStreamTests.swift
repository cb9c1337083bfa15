// SPDX-License-Identifier: Apache-2.0

import SMTPProtocol
import Testing

/// The parts together, as smtpd's driver joins them: bytes in, replies and messages out.
@Suite("SMTP server on a byte stream")
struct SMTPStreamTests {
    private struct Driver {
        var transcript: SMTPTranscript
        var reader = SMTPLineReader()
        var buffer: [UInt8] = []
        var decoder: SMTPDataDecoder?
        var chunkLeft = 0
        var isLastChunk = false
        var content: [UInt8] = []
        var messages: [String] = []
        var replies: [String] = []

        init(_ change: (inout SMTPServerConfiguration) -> Void) {
            var configuration = SMTPServerConfiguration(hostname: "mx")
            change(&configuration)
            transcript = SMTPTranscript(configuration)
        }

        mutating func feed(_ bytes: some Sequence<UInt8>) {
            buffer += bytes
            while !transcript.isClosed {
                if decoder != nil, chunkLeft > 0 || isLastChunk {
                    guard takeChunk() else { return }
                } else if decoder != nil, transcript.session.mail != nil, replies.last?.hasPrefix("354") == true {
                    guard takeData() else { return }
                } else {
                    let input = buffer
                    let (consumed, line) = reader.next(input.span, limit: transcript.session.lineLimit)
                    buffer.removeFirst(consumed)
                    guard let line else { return }
                    note(transcript.send(line, pending: !buffer.isEmpty))
                }
            }
        }

        private mutating func note(_ log: [String]) {
            replies += log
            guard let last = log.last else { return }
            if last.hasPrefix("354") { decoder = transcript.session.makeDataDecoder() }
            if last.hasPrefix("<chunk") {
                let words = last.split { $0 == " " || $0 == ">" }
                chunkLeft = Int(words[1]) ?? 0
                isLastChunk = words.contains("last")
                if decoder == nil { decoder = transcript.session.makeDataDecoder() }
                if chunkLeft == 0, !isLastChunk { note(transcript.run(transcript.session.chunkReceived())) }
            }
        }

        private mutating func takeData() -> Bool {
            guard var decoder else { return false }
            let input = buffer
            let (consumed, progress) = decoder.decode(input.span, into: &content)
            buffer.removeFirst(consumed)
            self.decoder = decoder
            switch progress {
            case .more: return false
            case .violation(let kind): note(transcript.run(transcript.session.contentViolated(kind)))
            case .end:
                self.decoder = nil
                note(transcript.run(transcript.session.contentReceived(finished(decoder))))
            }
            return true
        }

        private mutating func takeChunk() -> Bool {
            guard var decoder else { return false }
            let part = Array(buffer.prefix(chunkLeft))
            let (consumed, _) = decoder.decode(part.span, into: &content)
            buffer.removeFirst(consumed)
            chunkLeft -= consumed
            self.decoder = decoder
            guard chunkLeft == 0 else { return false }
            if isLastChunk {
                decoder.finish(into: &content)
                isLastChunk = false
                self.decoder = nil
                note(transcript.run(transcript.session.chunkReceived(finished(decoder))))
            } else {
                note(transcript.run(transcript.session.chunkReceived()))
            }
            return true
        }

        private mutating func finished(_ decoder: SMTPDataDecoder) -> SMTPReply {
            defer { content = [] }
            guard !decoder.isOverLimit else { return .contentTooLarge }
            messages.append(String(decoding: content, as: UTF8.self))
            return .queued(as: "\(messages.count)")
        }
    }

    private func check(
        _ parts: [String],
        _ change: (inout SMTPServerConfiguration) -> Void = { _ in },
        messages: [String],
        replies: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var whole = Driver(change)
        for part in parts { whole.feed(part.utf8) }
        #expect(whole.messages == messages, sourceLocation: sourceLocation)
        #expect(whole.replies.map { String($0.prefix(3)) } == replies, sourceLocation: sourceLocation)
        var dripped = Driver(change)
        for byte in parts.joined().utf8 { dripped.feed([byte]) }
        #expect(dripped.messages == messages, sourceLocation: sourceLocation)
        #expect(dripped.replies.map { String($0.prefix(3)) } == replies, sourceLocation: sourceLocation)
    }

    @Test func `two messages in one session, commands pipelined behind the content`() {
        check(
            [
                "EHLO x\r\n", "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n",
                "S: 1\r\n\r\n..dot\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n", "two\r\n.\r\nQUIT\r\n",
            ],
            messages: ["S: 1\n\n.dot\n", "two\n"],
            replies: ["250", "250", "250", "354", "250", "250", "250", "354", "250", "221", "<cl"]
        )
    }

    @Test func `what a smuggler hides stays content`() {
        check(
            [
                "EHLO x\r\n", "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n",
                "one\n.\r\nMAIL FROM:<root@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\nforged\r\n.\r\n",
            ],
            messages: ["one\n.\nMAIL FROM:<root@b.org>\nRCPT TO:<c@d.org>\nDATA\nforged\n"],
            replies: ["250", "250", "250", "354", "250"]
        )
    }

    @Test func `under reject a smuggler is cut off`() {
        check(
            [
                "EHLO x\r\n", "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n",
                "one\n.\r\nMAIL FROM:<root@b.org>\r\n",
            ],
            { $0.bareNewline = .reject },
            messages: [],
            replies: ["250", "250", "250", "354", "550", "<cl"]
        )
    }

    @Test func `a message over the limit is read to its end and refused`() {
        check(
            [
                "EHLO x\r\n", "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n",
                String(repeating: "0123456789\r\n", count: 20) + ".\r\nNOOP\r\n",
            ],
            { $0.messageSizeLimit = 100 },
            messages: [],
            replies: ["250", "250", "250", "354", "552", "250"]
        )
    }

    @Test func `chunks may be pipelined, and dots in them mean nothing`() {
        check(
            [
                "EHLO x\r\n",
                "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 6\r\na\r\n.\r\nBDAT 3 LAST\r\n\nQUQUIT\r\n",
            ],
            messages: ["a\n.\n\nQU\n"],
            replies: ["250", "250", "250", "<ch", "250", "<ch", "250", "221", "<cl"]
        )
    }
}
