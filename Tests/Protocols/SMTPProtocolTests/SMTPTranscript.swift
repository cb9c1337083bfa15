// SPDX-License-Identifier: Apache-2.0

import SASL
import SMTPProtocol
import Testing

/// A driver that says yes to every decision unless told otherwise, and writes down what happened.
struct SMTPTranscript {
    var session: SMTPServerSession
    /// Recipients and senders that policy refuses, by their internal form.
    var refusals: [String: SMTPReply] = [:]
    /// The log: client lines are not in it, replies as `250 2.0.0 Ok`, other actions in angle brackets.
    private(set) var log: [String] = []
    private(set) var isClosed = false

    init(
        _ configuration: SMTPServerConfiguration = SMTPServerConfiguration(hostname: "mx.example.org"),
        isTLS: Bool = false
    ) {
        session = SMTPServerSession(configuration, isTLS: isTLS)
    }

    /// Sends a line; returns what came back.
    @discardableResult
    mutating func send(_ line: String, pending: Bool = false) -> [String] {
        send(.line(Array(line.utf8)), pending: pending)
    }

    /// Sends an input line; returns what came back.
    @discardableResult
    mutating func send(_ line: SMTPInputLine, pending: Bool = false) -> [String] {
        guard !isClosed else { return ["<already closed>"] }
        return run(session.receive(line, isInputPending: pending))
    }

    /// Carries out an action and those that follow it; returns what came back.
    @discardableResult
    mutating func run(_ first: SMTPServerAction) -> [String] {
        let start = log.count
        var action: SMTPServerAction? = first
        while let current = action {
            action = nil
            switch current {
            case .reply(let reply): note(reply)
            case .close(let replies):
                replies.forEach { note($0) }
                log.append("<close>")
                isClosed = true
            case .decide(let decision):
                let subject: String? =
                    switch decision {
                    case .mail(let mail): mail.sender.internalForm
                    case .rcpt(let rcpt): rcpt.recipient.internalForm
                    default: nil
                    }
                if let subject, let refusal = refusals[subject] {
                    action = session.reject(refusal)
                } else {
                    action = session.accept()
                }
            case .startTLS(let reply):
                note(reply)
                log.append("<TLS>")
                session.tlsStarted()
            case .authenticate(let command):
                log.append("<auth \(command.mechanism) \(response(command.initialResponse))>")
            case .authenticationResponse(let secret): log.append("<response \(response(secret))>")
            case .cancelAuthentication(let replies, let closes):
                log.append("<cancel>")
                replies.forEach { note($0) }
                if closes {
                    log.append("<close>")
                    isClosed = true
                }
            case .receiveData(let reply): note(reply)
            case .commit: log.append("<commit>")
            case .receiveChunk(let size, let isLast, let isDiscarded):
                log.append("<chunk \(size)\(isLast ? " last" : "")\(isDiscarded ? " discarded" : "")>")
            }
        }
        return Array(log[start...])
    }

    private mutating func note(_ reply: SMTPReply) {
        let text = String(decoding: reply.bytes, as: UTF8.self)
        #expect(text.hasSuffix("\r\n"))
        log.append(String(text.dropLast(1).replacing("\r\n", with: " / ")))
    }

    private func response(_ secret: SASLSecret?) -> String {
        secret.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "-"
    }
}
