// SPDX-License-Identifier: Apache-2.0
internal import MailStatus

/// The server's side of an SMTP session (RFC 5321 sections 3 and 4) as a machine without input and output.
///
/// `greet` gives the first action; carry each out and call what it asks for, until one is `close`. A call that does not fit
/// the last action closes the session.
package struct SMTPServerSession: Equatable, Sendable {
    /// What the driver is doing.
    enum Phase: Equatable {
        case commands
        case deciding(SMTPDecision)
        case startingTLS
        case awaitingService
        case awaitingResponse
        case content
        case committing
        case chunk(BdatCommand, isDiscarded: Bool)
        case closed
    }

    /// The settings; the mechanisms may change while the session runs.
    package var configuration: SMTPServerConfiguration {
        didSet { parserOptions = SMTPParserOptions(configuration) }
    }
    private(set) var parserOptions: SMTPParserOptions

    var phase = Phase.commands

    /// What is known of the message under way, between MAIL and the end of the content.
    package internal(set) var transaction: SMTPTransaction?

    /// Whether the client was refused when it connected: it may only leave.
    var isRefused = false

    /// Whether the client sent commands before it could know that it may (RFC 2920 section 3.1), and was let.
    package internal(set) var spokeOutOfTurn = false

    /// The client's HELO or EHLO, once accepted.
    package internal(set) var helo: HeloCommand?

    /// Whether TLS is on.
    package internal(set) var isTLS: Bool

    /// The name that the auth service has given after success.
    package internal(set) var authenticatedUser: String?

    /// Errors since the last message (`smtpd_soft_error_limit`, `smtpd_hard_error_limit`).
    package internal(set) var errorCount = 0

    /// Junk commands since the last message (`smtpd_junk_command_limit`).
    package internal(set) var junkCount = 0

    /// Makes a session; `isTLS` is true on a port where TLS comes first.
    package init(_ configuration: SMTPServerConfiguration, isTLS: Bool = false) {
        self.configuration = configuration
        parserOptions = SMTPParserOptions(configuration)
        self.isTLS = isTLS
    }

    /// The sender of the transaction that is open.
    package var mail: MailCommand? { transaction?.mail }

    /// How many recipients of it were accepted.
    package var recipientCount: Int { transaction?.recipients.count ?? 0 }

    /// Most octets of the next line; a SASL response may be longer than a command (RFC 4954 section 4).
    package var lineLimit: Int {
        phase == .awaitingResponse ? configuration.responseLimit : configuration.lineLimit
    }

    /// Whether replies should wait for `smtpd_error_sleep_time`, so that a client that errs all the time gets slow.
    package var isSlowedDown: Bool { errorCount > configuration.softErrorLimit }

    /// Begins the session: the driver decides whether the client may speak.
    package mutating func greet() -> SMTPServerAction {
        phase = .deciding(.connect)
        return .decide(.connect)
    }

    /// Takes a line; `isInputPending` says whether more bytes have already arrived behind it.
    package mutating func receive(_ line: SMTPInputLine, isInputPending: Bool = false) -> SMTPServerAction {
        if case .bareLineFeed = line, configuration.bareNewline == .reject { return contentViolated(.lineFeed) }
        switch (phase, line) {
        case (.awaitingResponse, .line(let bytes)), (.awaitingResponse, .bareLineFeed(let bytes)):
            return response(bytes)
        case (.awaitingResponse, .tooLong):
            return cancelAuthentication(.responseTooLong)
        case (.commands, .line(let bytes)), (.commands, .bareLineFeed(let bytes)):
            return command(bytes, isInputPending)
        case (.commands, .tooLong):
            return respond(.lineTooLong)
        default:
            return close([.notSynchronized])
        }
    }

    /// Takes the driver's yes to a decision, with the reply to send instead of the usual one.
    package mutating func accept(_ reply: SMTPReply? = nil) -> SMTPServerAction {
        guard case .deciding(let decision) = phase else { return close([.notSynchronized]) }
        phase = .commands
        switch decision {
        case .connect:
            return .reply(reply ?? SMTPReply(220, nil, configuration.banner))
        case .helo(let command):
            transaction = nil
            helo = command
            return respond(reply ?? heloReply(command))
        case .mail(let command):
            transaction = SMTPTransaction(mail: command)
            return respond(reply ?? .senderOK)
        case .rcpt(let command):
            transaction?.recipients.append(command)
            return respond(reply ?? .recipientOK)
        case .data:
            phase = .content
            return .receiveData(reply ?? .startData)
        case .endOfData:
            phase = .committing
            return .commit
        case .vrfy(let address):
            return respond(reply ?? SMTPReply(252, EnhancedStatus(2, 0, 0), address))
        case .etrn:
            return respond(reply ?? SMTPReply(250, EnhancedStatus(2, 0, 0), "Queuing started"))
        }
    }

    /// Takes the driver's no to a decision; a 421 or 521 closes the session.
    package mutating func reject(_ reply: SMTPReply) -> SMTPServerAction {
        guard case .deciding(let decision) = phase else { return close([.notSynchronized]) }
        phase = .commands
        switch decision {
        case .connect: isRefused = true
        case .endOfData: return endTransaction(reply)
        default: break
        }
        return respond(reply)
    }

    /// Goes on after the handshake: all that the client said before counts no more (RFC 3207 section 4.2).
    package mutating func tlsStarted() {
        isTLS = true
        helo = nil
        transaction = nil
        authenticatedUser = nil
        phase = .commands
    }

    /// Says that TLS cannot be made, before anything was sent about it.
    package mutating func tlsUnavailable() -> SMTPServerAction {
        guard phase == .startingTLS else { return close([.notSynchronized]) }
        phase = .commands
        return respond(.tlsUnavailable)
    }

    /// Ends the session with this reply, for a time-out, an overload or a stop.
    package mutating func shutDown(_ reply: SMTPReply) -> SMTPServerAction {
        close([reply])
    }

    mutating func close(_ replies: [SMTPReply]) -> SMTPServerAction {
        phase = .closed
        transaction = nil
        return .close(replies)
    }

    /// Sends a reply; counts it where it is an error, and closes where there were too many.
    mutating func respond(_ reply: SMTPReply) -> SMTPServerAction {
        if reply.isError { errorCount &+= 1 }
        guard reply.code != 421, reply.code != 521 else { return close([reply]) }
        guard errorCount < configuration.hardErrorLimit else {
            return close([
                reply,
                SMTPReply(421, EnhancedStatus(4, 7, 0), "\(configuration.hostname) Error: too many errors"),
            ])
        }
        return .reply(reply)
    }
}
