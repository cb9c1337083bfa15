// SPDX-License-Identifier: Apache-2.0
import POP3Protocol
import SASL

extension FuzzTarget {
    /// The lines of a client before log-in.
    static let pop3Login = FuzzTarget("pop3-login", upTo: 4096) { bytes in
        var configuration = POP3LoginSession.Configuration()
        configuration.isTLSRequiredForPasswords = bytes.first == UInt8(ascii: "S")
        configuration.offersTLS = true
        var session = POP3LoginSession(configuration)
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            var action = session.receive(line)
            deciding: while true {
                switch action {
                case .send(let reply), .cancelAuthentication(let reply):
                    try checkReply(pop3: reply)
                    break deciding
                case .close(let reply):
                    try checkReply(pop3: reply)
                    return
                case .startTLS(let reply):
                    try checkReply(pop3: reply)
                    session.tlsStarted()
                    break deciding
                case .authenticate(_, let response):
                    try require(session.isSecure || !configuration.isTLSRequiredForPasswords, "a password without TLS")
                    action = response == nil ? session.challenge([]) : session.authenticationFailed()
                case .authenticationResponse: action = session.authenticationFailed()
                }
            }
        }
    }

    /// The lines of a client in its maildrop.
    static let pop3Mailbox = FuzzTarget("pop3-mailbox", upTo: 4096) { bytes in
        let messages = (1...5).map { POP3Message(size: $0 * 100, uniqueID: "id\($0)") }
        var session = POP3MailboxSession(messages)
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            switch session.receive(line) {
            case .send(let reply): try checkReply(pop3: reply)
            case .retrieve(let index, let lines, let reply):
                try require(messages.indices.contains(index), "a message that is not there")
                try require((lines ?? 0) >= 0, "a negative number of lines")
                try checkReply(pop3: reply)
            case .update(let deleted):
                try require(deleted.allSatisfy(messages.indices.contains), "deletes what is not there")
                try requireEqual(Set(deleted).count, deleted.count, "deletes twice")
                guard case .close = session.updated(isSuccess: true) else {
                    throw PropertyFailure("QUIT does not close")
                }
                return
            case .close: return
            }
        }
    }

    /// A message as RETR and TOP send it.
    static let pop3Message = FuzzTarget("pop3-message", upTo: 8192) { bytes in
        for lines in [nil, 0, 1, 3] {
            let whole = encoded([bytes[...]], lines)
            var cuts = Cuts(for: bytes)
            try requireEqual(encoded(cuts.pieces(of: bytes), lines), whole, "the response depends on the cuts")
            let end = Array(".\r\n".utf8)
            try require(whole.count >= 3 && Array(whole.suffix(3)) == end, "the response does not end")
            var position = 0
            while position < whole.count - 3 {
                let feed = whole[position...].firstIndex(of: 10) ?? whole.count
                try require(feed > position && whole[feed - 1] == 13, "a line of the response ends without CR")
                try require(feed - position != 2 || whole[position] != UInt8(ascii: "."), "the response ends early")
                position = feed + 1
            }
            try requireEqual(position, whole.count - 3, "the dot is no line of its own")
        }
    }

    private static func encoded(_ pieces: [ArraySlice<UInt8>], _ lines: Int?) -> [UInt8] {
        var encoder = POP3MessageEncoder(bodyLines: lines)
        var output: [UInt8] = []
        for piece in pieces {
            let piece = Array(piece)
            encoder.encode(piece.span, into: &output)
        }
        encoder.finish(into: &output)
        return output
    }

    private static func checkReply(pop3 reply: [UInt8]) throws {
        guard !reply.isEmpty else { return }
        try require(reply.last == 10, "a reply does not end its line")
        var before: UInt8 = 0
        for byte in reply {
            try require(byte != 10 || before == 13, "a bare line end in a reply")
            try require(byte == 10 || before != 13, "a bare CR in a reply")
            before = byte
        }
    }
}
