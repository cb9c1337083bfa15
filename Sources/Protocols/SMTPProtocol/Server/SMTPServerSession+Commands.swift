// SPDX-License-Identifier: Apache-2.0

/// Commands: whether one may come now, and what it leads to.
extension SMTPServerSession {
    mutating func command(_ line: [UInt8], _ isInputPending: Bool) -> SMTPServerAction {
        let outcome = SMTPCommandParser.parse(line[...], parserOptions)
        if let action = special(line, outcome) { return action }
        let verb: SMTPVerb
        let parsed: SMTPParse<SMTPCommand>
        switch outcome {
        case .garbage(let reply): return respond(reply)
        case .unknown: return respond(.notRecognized)
        case .refused(let known, let reply): (verb, parsed) = (known, .failure(reply))
        case .command(let command): (verb, parsed) = (command.verb, .success(command))
        }
        if isRefused, verb != .quit { return respond(.accessDenied) }
        if isInputPending, isOutOfGroup(verb) {
            if verb == .startTLS || configuration.forbidsUnauthorizedPipelining { return close([.notSynchronized]) }
            spokeOutOfTurn = true
        }
        if verb.isJunk { countJunk() }
        switch sequenceError(verb).map({ .failure($0) }) ?? parsed {
        case .success(let command): return perform(command)
        case .failure(let reply):
            // The octets of a refused chunk follow nevertheless, and would be taken for commands.
            return verb == .bdat ? close([reply]) : respond(reply)
        }
    }

    mutating func countJunk() {
        junkCount &+= 1
        if junkCount > configuration.junkCommandLimit { errorCount &+= 1 }
    }

    /// The commands that a setting turns into nothing, or that show that the client is no mail program.
    private mutating func special(_ line: [UInt8], _ outcome: SMTPCommandParser.Outcome) -> SMTPServerAction? {
        let word = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
        let name = ASCII.uppercased(word.prefix(64))
        if configuration.noopCommands.contains(name) { return respond(.ok) }
        if configuration.forbiddenCommands.contains(name) { return close([.goodbye]) }
        guard case .unknown = outcome, !configuration.forbiddenCommands.isEmpty else { return nil }
        // A header field instead of a command: a program that a browser, or a smuggler, has fed with a message.
        let isHeader = word.count > 1 && word.last == UInt8(ascii: ":")
        let isLetter = word.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowered($0)) } ?? false
        return isHeader || !isLetter ? close([.goodbye]) : nil
    }

    /// Whether the client sent more before it could know the reply, and may not (RFC 2920 section 3.1).
    private func isOutOfGroup(_ verb: SMTPVerb) -> Bool {
        // What comes in the clear behind STARTTLS would be taken for what came through TLS.
        if verb == .startTLS { return true }
        guard verb != .quit else { return false }
        return verb.endsGroup || helo?.isExtended != true || configuration.discardedExtensions.contains(.pipelining)
    }

    /// The reply to a command that may not come now.
    private func sequenceError(_ verb: SMTPVerb) -> SMTPReply? {
        if configuration.tls == .required, !isTLS, !verb.isAllowedBeforeTLS { return .needTLS }
        switch verb {
        case .mail:
            if configuration.isHeloRequired, helo == nil { return .heloFirst }
            return transaction == nil ? nil : .nestedMail
        case .rcpt:
            guard let transaction else { return .needMail }
            return transaction.hasChunks ? .rcptAfterBdat : nil
        case .data:
            guard let transaction else { return .needRcpt }
            if transaction.hasChunks { return .dataAfterBdat }
            return transaction.recipients.isEmpty ? .noValidRecipients : nil
        case .auth:
            if configuration.mechanisms.isEmpty || isDiscarded(.auth) { return .authDisabled }
            if helo?.isExtended != true { return .heloFirst }
            if authenticatedUser != nil { return .alreadyAuthenticated }
            if transaction != nil { return .inTransaction }
            return isAuthOffered ? nil : .authNeedsTLS
        case .startTLS:
            if isTLS { return .tlsActive }
            if configuration.tls == .off || isDiscarded(.startTLS) { return .notImplemented }
            return transaction == nil ? nil : .inTransaction
        case .vrfy:
            return configuration.isVrfyDisabled ? .vrfyDisabled : nil
        case .etrn:
            if !configuration.isEtrnEnabled { return .etrnDisabled }
            if helo == nil { return .heloFirst }
            return transaction == nil ? nil : .inTransaction
        case .bdat:
            return isDiscarded(.chunking) ? .notImplemented : nil
        case .helo, .ehlo, .rset, .noop, .quit:
            return nil
        }
    }

    private func isDiscarded(_ name: SMTPExtension) -> Bool {
        configuration.discardedExtensions.contains(name)
    }

    private mutating func perform(_ command: SMTPCommand) -> SMTPServerAction {
        switch command {
        case .helo(let command): return decide(.helo(command))
        case .startTLS:
            phase = .startingTLS
            return .startTLS(.tlsReady)
        case .auth(let command): return authenticate(command)
        case .mail(let command):
            let limit = configuration.messageSizeLimit
            if let size = command.size, limit > 0, size > limit { return respond(.tooLarge) }
            return decide(.mail(command))
        case .rcpt(let command):
            guard recipientCount < configuration.recipientLimit else { return respond(.tooManyRecipients) }
            return decide(.rcpt(command))
        case .data: return decide(.data)
        case .bdat(let command): return beginChunk(command)
        case .rset:
            transaction = nil
            return respond(.ok)
        case .noop: return respond(.ok)
        case .vrfy(let address): return decide(.vrfy(address))
        case .etrn(let domain): return decide(.etrn(domain))
        case .quit: return close([.bye])
        }
    }

    private mutating func decide(_ decision: SMTPDecision) -> SMTPServerAction {
        phase = .deciding(decision)
        return .decide(decision)
    }
}

extension SMTPCommand {
    /// The verb that begins the command.
    package var verb: SMTPVerb {
        switch self {
        case .helo(let command): command.isExtended ? .ehlo : .helo
        case .startTLS: .startTLS
        case .auth: .auth
        case .mail: .mail
        case .rcpt: .rcpt
        case .data: .data
        case .bdat: .bdat
        case .rset: .rset
        case .noop: .noop
        case .vrfy: .vrfy
        case .etrn: .etrn
        case .quit: .quit
        }
    }
}
