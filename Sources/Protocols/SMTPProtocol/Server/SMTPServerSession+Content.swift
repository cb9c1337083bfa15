// SPDX-License-Identifier: Apache-2.0
internal import MailStatus

/// The content: DATA and BDAT.
extension SMTPServerSession {
    /// A chunk under this many octets that is not the last is junk: a client that sends many wants to wear us out.
    private static let smallChunk = 1024

    /// The decoder for the content that is about to come; for BDAT, one serves all chunks of a message.
    package func makeDataDecoder(lineEnd: SMTPDataDecoder.LineEnd = .lineFeed) -> SMTPDataDecoder {
        SMTPDataDecoder(
            policy: configuration.bareNewline,
            framing: phase == .content ? .dotted : .counted,
            lineEnd: lineEnd,
            sizeLimit: configuration.messageSizeLimit
        )
    }

    /// Says that the content is whole, after DATA or the last chunk: the driver decides about it.
    package mutating func contentEnded() -> SMTPServerAction {
        switch phase {
        case .content: break
        case .chunk(let command, isDiscarded: false) where command.isLast: break
        default: return close([.notSynchronized])
        }
        phase = .deciding(.endOfData)
        return .decide(.endOfData)
    }

    /// Ends the transaction after `commit`; `reply` says what became of the message.
    package mutating func committed(_ reply: SMTPReply) -> SMTPServerAction {
        guard phase == .committing else { return close([.notSynchronized]) }
        return endTransaction(reply)
    }

    /// Ends the transaction after DATA; `reply` says what became of the message.
    ///
    /// Where the decoder is over its limit it is `contentTooLarge`.
    package mutating func contentReceived(_ reply: SMTPReply) -> SMTPServerAction {
        guard phase == .content else { return close([.notSynchronized]) }
        return endTransaction(reply)
    }

    /// Ends the session for a bare newline (policy `reject`).
    package mutating func contentViolated(_ kind: BareNewline) -> SMTPServerAction {
        let code = configuration.bareNewlineRejectCode
        return close([
            SMTPReply(
                code,
                EnhancedStatus((400..<500).contains(code) ? 4 : 5, 5, 2),
                "\(configuration.hostname) Error: \(kind.rawValue)"
            )
        ])
    }

    /// Begins a chunk; even where it is refused its octets follow at once, and must be read (RFC 3030 section 2).
    mutating func beginChunk(_ command: BdatCommand) -> SMTPServerAction {
        if command.size < Self.smallChunk, !command.isLast { countJunk() }
        if var current = transaction, !current.recipients.isEmpty {
            let limit = configuration.messageSizeLimit
            let (total, isOver) = current.chunkOctets.addingReportingOverflow(command.size)
            current.chunkOctets = isOver ? Int.max : total
            current.hasChunks = true
            if limit > 0, current.chunkOctets > limit { current.isFailed = true }
            transaction = current
        }
        let isDiscarded = transaction.map { $0.recipients.isEmpty || $0.isFailed } ?? true
        phase = .chunk(command, isDiscarded: isDiscarded)
        return .receiveChunk(size: command.size, isLast: command.isLast, isDiscarded: isDiscarded)
    }

    /// Goes on after the octets of a chunk; for the last chunk `reply` says what became of the message.
    ///
    /// An error in reply to another chunk (the disk is full) makes the rest of the message be discarded.
    package mutating func chunkReceived(_ reply: SMTPReply? = nil) -> SMTPServerAction {
        guard case .chunk(let command, let isDiscarded) = phase else { return close([.notSynchronized]) }
        phase = .commands
        if isDiscarded {
            guard let current = transaction else { return respond(.needRcpt) }
            let refusal: SMTPReply = current.recipients.isEmpty ? .noValidRecipients : .contentTooLarge
            if command.isLast { transaction = nil }
            return respond(refusal)
        }
        if command.isLast { return endTransaction(reply ?? .temporaryFailure) }
        if reply?.isError == true { transaction?.isFailed = true }
        return respond(reply ?? SMTPReply(250, EnhancedStatus(2, 0, 0), "Ok: \(command.size) bytes"))
    }

    mutating func endTransaction(_ reply: SMTPReply) -> SMTPServerAction {
        phase = .commands
        transaction = nil
        // A client that delivers mail has proved that it is no nuisance.
        if reply.isSuccess {
            errorCount = 0
            junkCount = 0
        }
        return respond(reply)
    }
}
