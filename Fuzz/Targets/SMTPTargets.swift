// SPDX-License-Identifier: Apache-2.0
import MailAddress
import SMTPProtocol

extension FuzzTarget {
    /// A stream of lines and command lines.
    static let smtpCommands = FuzzTarget("smtp-commands", upTo: 8192) { bytes in
        let whole = lines(of: [bytes[...]])
        var cuts = Cuts(for: bytes)
        try requireEqual(lines(of: cuts.pieces(of: bytes)), whole, "the lines depend on the cuts")
        for line in whole {
            guard case .line(let line) = line else { continue }
            for requiresBrackets in [false, true] {
                try checkCommand(line, SMTPParserOptions(requiresBrackets: requiresBrackets))
            }
        }
    }

    /// Content after DATA and BDAT under each policy, and what follows it.
    static let smtpData = FuzzTarget("smtp-data", upTo: 16384) { bytes in
        for policy in BareNewlinePolicy.allCases {
            for framing in [SMTPDataDecoder.Framing.dotted, .counted] {
                let whole = decoded([bytes[...]], policy, framing)
                var cuts = Cuts(for: bytes)
                try requireEqual(decoded(cuts.pieces(of: bytes), policy, framing), whole, "the content depends on cuts")
                try requireEqual(decoded(bytes.indices.map { bytes[$0...$0] }, policy, framing), whole, "byte by byte")
                try checkLines(whole.output)
                if framing == .dotted, whole.hasEnded, policy.isStrict {
                    let end = Array(bytes[..<whole.consumed].suffix(5))
                    let isEnd = whole.consumed == 3 ? end == Array(".\r\n".utf8) : end == Array("\r\n.\r\n".utf8)
                    try require(isEnd, "the data ended at \(end), not at CRLF dot CRLF")
                }
            }
        }
    }

    /// A whole session that bytes drive, as smtpd does it.
    static let smtpSession = FuzzTarget("smtp-session", upTo: 16384) { bytes in
        for variant in 0..<3 {
            var whole = SMTPStream(variant)
            whole.feed(bytes[...])
            var cut = SMTPStream(variant)
            var cuts = Cuts(for: bytes)
            for piece in cuts.pieces(of: bytes) { cut.feed(piece) }
            try requireEqual(cut.messages, whole.messages, "the messages depend on the cuts")
            try requireEqual(cut.replies, whole.replies, "the replies depend on the cuts")
            for message in whole.messages { try checkLines(message) }
            try require(whole.session.isClosedOrWithin(recipients: 5), "too many recipients")
        }
    }

    private static func lines(of pieces: [ArraySlice<UInt8>]) -> [SMTPInputLine] {
        var reader = SMTPLineReader()
        var buffer: [UInt8] = []
        var lines: [SMTPInputLine] = []
        for piece in pieces {
            buffer += piece
            while true {
                let (consumed, line) = reader.next(buffer.span, limit: 512)
                buffer.removeFirst(consumed)
                guard let line else { break }
                lines.append(line)
            }
        }
        return lines
    }

    /// Reads a line; what came through must not hold what a queue file or a log could stumble over.
    private static func checkCommand(_ line: [UInt8], _ options: SMTPParserOptions) throws {
        switch SMTPCommandParser.parse(line[...], options) {
        case .command(.mail(let command)):
            try checkAddress(command.sender)
            try checkText(command.envelopeID ?? "")
        case .command(.rcpt(let command)):
            try checkAddress(command.recipient)
            try checkText(command.originalRecipient?.address ?? "")
            try checkText(command.originalRecipient?.type ?? "")
        case .command(.helo(let command)): try checkText(command.name)
        case .refused(_, let reply), .garbage(let reply): try checkReply(reply)
        case .command, .unknown: break
        }
    }

    /// An address that came through a path is written as a path that reads as the same address.
    static func checkAddress(_ address: EmailAddress) throws {
        try checkText(address.internalForm)
        guard !address.isNull else { return }
        let path = Array(address.path.utf8)
        let again = try? PathParser().parse(path.span, as: .reverse)
        try requireEqual(again?.address, address, "\(address.path) reads as another address")
        try requireEqual(again?.end, path.count, "\(address.path) is not read to its end")
    }

    static func checkText(_ text: String) throws {
        try require(text.utf8.allSatisfy { $0 != 0 && $0 != 10 && $0 != 13 }, "a control character came through")
    }

    static func checkReply(_ reply: SMTPReply) throws {
        var bytes: [UInt8] = []
        reply.append(to: &bytes)
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        try require(lines.last?.isEmpty == true, "a reply does not end its line")
        for line in lines.dropLast() {
            try require(line.last == 13 && !line.dropLast().contains(13), "a reply has a bare line end in it")
            try require(line.count >= 5 && line.prefix(3).allSatisfy { (48...57).contains($0) }, "a reply has no code")
        }
    }

    /// Content has no CR, and ends its last line.
    private static func checkLines(_ content: [UInt8]) throws {
        try require(!content.contains(13), "a CR in the content")
    }

    private struct Decoded: Equatable {
        var output: [UInt8] = []
        var consumed = 0
        var hasEnded = false
        var violation: BareNewline?
        var bareNewline: BareNewline?
        var size = 0
    }

    private static func decoded(
        _ pieces: [ArraySlice<UInt8>],
        _ policy: BareNewlinePolicy,
        _ framing: SMTPDataDecoder.Framing
    ) -> Decoded {
        var decoder = SMTPDataDecoder(policy: policy, framing: framing, sizeLimit: 4096)
        var result = Decoded()
        pieces: for piece in pieces {
            let input = Array(piece)
            let (consumed, progress) = decoder.decode(input.span, into: &result.output)
            result.consumed += consumed
            switch progress {
            case .more: continue
            case .end: result.hasEnded = true
            case .violation(let kind): result.violation = kind
            }
            break pieces
        }
        if framing == .counted { decoder.finish(into: &result.output) }
        result.bareNewline = decoder.bareNewline
        result.size = decoder.size
        // What is put out near the limit depends on the pieces, and is thrown away.
        if decoder.isOverLimit { result.output = [] }
        return result
    }
}
