// SPDX-License-Identifier: Apache-2.0
import SASL
import SMTPProtocol

/// A session with the parts joined as smtpd joins them, and a policy that says yes to most.
struct SMTPStream {
    var session: SMTPServerSession
    var replies: [[UInt8]] = []
    var messages: [[UInt8]] = []

    private var reader = SMTPLineReader()
    private var buffer: [UInt8] = []
    private var decoder: SMTPDataDecoder?
    private var content: [UInt8] = []
    private var state = State.lines

    private enum State {
        case lines
        case data
        case chunk(left: Int, isLast: Bool)
        case closed
    }

    init(_ variant: Int) {
        var configuration = SMTPServerConfiguration(hostname: "mx")
        configuration.recipientLimit = 5
        configuration.messageSizeLimit = 2000
        configuration.lineLimit = 512
        configuration.mechanisms = ["PLAIN", "LOGIN"]
        configuration.isEtrnEnabled = true
        configuration.hardErrorLimit = 50
        // Whether more input has arrived depends on the pieces; these rules have tests of their own.
        configuration.forbidsUnauthorizedPipelining = false
        configuration.bareNewline = [.normalize, .reject, .allow][variant % 3]
        configuration.isHeloRequired = variant == 1
        configuration.requiresBrackets = variant == 1
        configuration.tls = variant == 0 ? .offered : .off
        session = SMTPServerSession(configuration)
        perform(session.greet())
    }

    /// Takes bytes from the client and goes as far as they reach.
    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        buffer += bytes
        while step() {}
    }

    private mutating func step() -> Bool {
        switch state {
        case .closed: return false
        case .lines:
            let input = buffer
            let (consumed, line) = reader.next(input.span, limit: session.lineLimit)
            buffer.removeFirst(consumed)
            guard let line else { return false }
            perform(session.receive(line))
            return true
        case .data:
            guard var decoder, !buffer.isEmpty else { return false }
            let input = buffer
            let (consumed, progress) = decoder.decode(input.span, into: &content)
            buffer.removeFirst(consumed)
            self.decoder = decoder
            switch progress {
            case .more: return false
            case .violation(let kind): perform(session.contentViolated(kind))
            case .end: finish { $0.contentReceived($1) }
            }
            return true
        case .chunk(let left, let isLast):
            guard left == 0 else { return takeChunk(left, isLast) }
            if isLast {
                decoder?.finish(into: &content)
                finish { $0.chunkReceived($1) }
            } else {
                perform(session.chunkReceived())
            }
            return true
        }
    }

    private mutating func takeChunk(_ left: Int, _ isLast: Bool) -> Bool {
        let part = Array(buffer.prefix(left))
        guard !part.isEmpty else { return false }
        let (consumed, progress) = decoder?.decode(part.span, into: &content) ?? (part.count, .more)
        buffer.removeFirst(consumed)
        if case .violation(let kind) = progress {
            perform(session.contentViolated(kind))
            return true
        }
        state = .chunk(left: left - consumed, isLast: isLast)
        return true
    }

    private mutating func finish(_ end: (inout SMTPServerSession, SMTPReply) -> SMTPServerAction) {
        let isOverLimit = decoder?.isOverLimit ?? false
        if !isOverLimit, decoder != nil { messages.append(content) }
        decoder = nil
        content = []
        perform(end(&session, isOverLimit ? .contentTooLarge : .queued(as: "\(messages.count)")))
    }

    private mutating func perform(_ action: SMTPServerAction) {
        switch action {
        case .reply(let reply):
            note([reply])
            state = .lines
        case .close(let replies):
            note(replies)
            state = .closed
        case .decide(let decision): perform(decide(decision))
        case .startTLS(let reply):
            note([reply])
            buffer = []
            reader = SMTPLineReader()
            // What the client sends next would be a handshake: here the stream goes on in another world.
            state = .closed
        case .authenticate(let command):
            perform(command.initialResponse == nil ? session.challenge([]) : session.authenticated(user: "u"))
        case .authenticationResponse(let response):
            perform(response.bytes.count > 8 ? session.authenticationFailed() : session.authenticated(user: "u"))
        case .cancelAuthentication(let replies, let closes):
            note(replies)
            state = closes ? .closed : .lines
        case .commit: perform(session.committed(.queued(as: "\(messages.count)")))
        case .receiveData(let reply):
            note([reply])
            decoder = session.makeDataDecoder()
            content = []
            state = .data
        case .receiveChunk(let size, let isLast, let isDiscarded):
            if isDiscarded {
                decoder = nil
                content = []
            } else if decoder == nil {
                decoder = session.makeDataDecoder()
            }
            state = .chunk(left: size, isLast: isLast)
        }
    }

    private mutating func decide(_ decision: SMTPDecision) -> SMTPServerAction {
        if case .rcpt(let command) = decision, command.recipient.localPart.utf8.first == UInt8(ascii: "x") {
            return session.reject(SMTPReply(554, nil, "Relay access denied"))
        }
        if case .mail = decision {
            decoder = nil
            content = []
        }
        return session.accept()
    }

    private mutating func note(_ replies: [SMTPReply]) {
        for reply in replies {
            var bytes: [UInt8] = []
            reply.append(to: &bytes)
            self.replies.append(bytes)
        }
    }
}

extension SMTPServerSession {
    /// Whether no more recipients were accepted than may be.
    func isClosedOrWithin(recipients limit: Int) -> Bool {
        recipientCount <= limit
    }
}
