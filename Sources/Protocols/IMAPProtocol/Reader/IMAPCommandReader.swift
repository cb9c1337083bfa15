// SPDX-License-Identifier: Apache-2.0

/// Cuts the client's bytes into commands, and streams the messages of APPEND (RFC 3501 section 2.2.1, RFC 7888).
///
/// The driver feeds bytes with `append(_:)` and asks `next()` until it says `.needMore`. No more memory is held than
/// the limits allow plus what was fed at once. After AUTHENTICATE and IDLE the driver asks `nextLine(limit:)` instead.
package struct IMAPCommandReader: Sendable {
    /// What the reader found.
    package enum Event: Equatable, Sendable {
        /// Everything fed so far is used up, or `acceptAppend()` or `refuseAppend(_:)` is waited for.
        case needMore
        /// The client waits to send a literal: send `+ OK` at once.
        case continuationNeeded
        case command(IMAPCommand)
        /// An APPEND is complete but for its message: answer with `acceptAppend()` or `refuseAppend(_:)`.
        case appendStarted(AppendCommand)
        /// Some octets of the message, in order.
        case appendData([UInt8])
        /// The message is complete, and the command with it.
        case appendFinished
        /// A command that is not carried out, to be replied to. Ends an APPEND that has been started.
        case refused(CommandRefusal)
        /// The stream cannot be followed any further: send `* BYE` with this text and close.
        case disconnect(String)
    }

    private enum State {
        /// Reads a line of a command.
        case line
        /// Reads a literal that stays in the command.
        case literal(Int)
        /// Throws octets of a literal away, then goes on with the line; the refusal is set.
        case discarding(UInt64)
        /// The driver decides about an APPEND.
        case decision(AppendCommand)
        /// The driver has accepted a synchronising APPEND.
        case accepted(UInt64)
        /// Streams a message.
        case message(UInt64)
        /// Reads the end of line after a message.
        case messageEnd
        /// A reply is due before anything is read.
        case refused(CommandRefusal)
        case ended(String)
    }

    /// What one command may hold; may be changed between commands.
    package var limits: CommandLimits

    private var input: [UInt8] = []
    /// Where the command being read begins in `input`.
    private var start = 0
    private var lines = LineScanner()
    private var state = State.line
    private var literalCount = 0
    /// The tag of the APPEND whose message is read.
    private var appendTag: IMAPTag?
    /// The reply to the command being read, whose rest is thrown away.
    private var refusal: CommandRefusal?
    private var discarded: UInt64 = 0

    /// Makes a reader.
    package init(limits: CommandLimits) {
        self.limits = limits
    }

    /// Adds bytes from the connection.
    package mutating func append(_ bytes: [UInt8]) {
        if input.isEmpty {
            input = bytes
        } else {
            input.append(contentsOf: bytes)
        }
    }

    /// Adds bytes from the connection.
    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        input.append(contentsOf: bytes)
    }

    /// How many bytes were fed and not yet given out as part of an event.
    package var unreadCount: Int { input.count - start }

    /// Takes what was fed and not yet read, for the process that the connection is handed to.
    ///
    /// After STARTTLS the driver drops it: what came in plain text must not be read as if it had come through TLS.
    package mutating func takeUnread() -> [UInt8] {
        let unread = Array(input[start...])
        self = Self(limits: limits)
        return unread
    }

    /// Finds the next event.
    package mutating func next() -> Event {
        while true {
            if let event = step() {
                return event
            }
        }
    }

    /// Lets the message of the APPEND that was started come.
    package mutating func acceptAppend() {
        guard case .decision(let command) = state else {
            return
        }
        state = command.isSynchronising ? .accepted(command.size) : .message(command.size)
    }

    /// Refuses the APPEND that was started, or breaks it off within its message.
    ///
    /// `next()` gives the refusal back when it is time to send it: what the client has announced is thrown away first.
    package mutating func refuseAppend(_ refusal: CommandRefusal) {
        switch state {
        case .decision(let command) where command.isSynchronising:
            state = .refused(refusal)
        case .decision(let command):
            discard(command.size, refusal)
        case .accepted:
            state = .refused(refusal)
        case .message(let remaining):
            discard(remaining, refusal)
        case .messageEnd:
            self.refusal = refusal
            state = .line
        default:
            break
        }
    }

    /// What `nextLine(limit:)` found.
    package enum LineEvent: Equatable, Sendable {
        case needMore
        /// A line without its end.
        case line([UInt8])
        /// The line is longer than the limit: close the connection.
        case tooLong
    }

    /// Finds the next line that is no command: a response to a SASL challenge, or DONE after IDLE.
    package mutating func nextLine(limit: Int) -> LineEvent {
        switch lines.scan(input, limit: limit) {
        case .needMore:
            return .needMore
        case .tooLong:
            return .tooLong
        case .line(let line):
            let bytes = Array(input[line])
            commandEnded()
            return .line(bytes)
        }
    }

    /// Says whether a line is the DONE that ends IDLE (RFC 2177).
    package static func endsIdle(_ line: [UInt8]) -> Bool {
        equalIgnoringCase(line, "DONE".utf8)
    }

    private mutating func step() -> Event? {
        switch state {
        case .line:
            return readLine()
        case .literal(let size):
            guard input.count - lines.position >= size else {
                return .needMore
            }
            lines.beginLine(at: lines.position + size)
            state = .line
            return nil
        case .discarding(let remaining):
            let count = min(UInt64(input.count - lines.position), remaining)
            lines.beginLine(at: lines.position + Int(count))
            dropRead()
            state = remaining == count ? .line : .discarding(remaining - count)
            return remaining == count ? nil : .needMore
        case .decision:
            return .needMore
        case .accepted(let size):
            state = .message(size)
            return .continuationNeeded
        case .message(let remaining):
            return readMessage(remaining)
        case .messageEnd:
            return readLine()
        case .refused(let refusal):
            commandEnded()
            return .refused(refusal)
        case .ended(let text):
            return .disconnect(text)
        }
    }

    private mutating func readLine() -> Event? {
        // Whichever bound comes first counts, however the bytes come.
        let room = max(0, limits.command - (lines.lineStart - start))
        switch lines.scan(input, limit: min(limits.line, room)) {
        case .needMore:
            return .needMore
        case .tooLong:
            return end(room < limits.line ? "Too long IMAP command." : "Too long IMAP command line.")
        case .line(let line):
            if lines.position - start > limits.command {
                return end("Too long IMAP command.")
            }
            if !lines.wasInQuotes, let literal = LiteralAnnouncement(input, line: line) {
                return readAnnouncement(literal, line)
            }
            return readEnd(line)
        }
    }

    /// Handles a line that ends the command.
    private mutating func readEnd(_ line: Range<Int>) -> Event {
        if let refusal {
            commandEnded()
            return .refused(refusal)
        }
        if case .messageEnd = state {
            let isClean = input[line].allSatisfy { $0 == UInt8(ascii: " ") }
            let tag = appendTag
            commandEnded()
            return isClean ? .appendFinished : .refused(Self.extraArguments(tag))
        }
        var parser = CommandParser(input, start..<line.upperBound, limits: limits)
        let event: Event
        do throws(CommandRefusal) {
            event = .command(try parser.command())
        } catch {
            event = .refused(error)
        }
        commandEnded()
        return event
    }

    /// Handles a line that announces a literal.
    private mutating func readAnnouncement(_ literal: LiteralAnnouncement, _ line: Range<Int>) -> Event? {
        if let refusal {
            return refuse(literal, refusal)
        }
        if case .messageEnd = state {
            return refuse(literal, Self.extraArguments(appendTag))
        }
        literalCount += 1
        var parser = CommandParser(input, start..<line.upperBound, limits: limits)
        let tag = try? parser.tag()
        guard literalCount <= limits.literals else {
            return refuse(literal, CommandRefusal(tag, .bad, text: "Too many literals in the command."))
        }
        parser.position = start
        switch parser.announced(literal) {
        case .refused(let refusal):
            return refuse(literal, refusal)
        case .message(let command):
            return readAppend(command, literal)
        case .argument:
            let used = UInt64(lines.position - start)
            guard literal.size <= UInt64(limits.literal), literal.size <= UInt64(limits.command) - used else {
                return refuse(literal, CommandRefusal(tag, .no, .tooBig, text: "Too large literal."))
            }
            state = .literal(Int(literal.size))
            return literal.isSynchronising ? .continuationNeeded : nil
        }
    }

    private mutating func readAppend(_ command: AppendCommand, _ literal: LiteralAnnouncement) -> Event? {
        guard let limit = limits.message else {
            return refuse(literal, CommandRefusal(command.tag, .bad, text: CommandRefusal.notACommand.text))
        }
        guard command.size <= limit else {
            let text = "The message is larger than \(limit) octets."
            return refuse(literal, CommandRefusal(command.tag, .no, .tooBig, text: text))
        }
        appendTag = command.tag
        dropRead()
        state = .decision(command)
        return .appendStarted(command)
    }

    private mutating func readMessage(_ remaining: UInt64) -> Event? {
        let count = min(UInt64(input.count - lines.position), remaining)
        guard remaining > 0 else {
            dropRead()
            state = .messageEnd
            return nil
        }
        guard count > 0 else {
            return .needMore
        }
        state = .message(remaining - count)
        let end = lines.position + Int(count)
        let data: [UInt8]
        if lines.position == 0, end == input.count {
            // The usual case: all that was fed is message. It is passed on without a copy.
            data = input
            input = []
            lines.beginLine(at: 0)
            start = 0
        } else {
            data = Array(input[lines.position..<end])
            lines.beginLine(at: end)
            dropRead()
        }
        return .appendData(data)
    }

    /// Ends the command whose literal is not wanted: at once if the client still waits, else after the octets.
    private mutating func refuse(_ literal: LiteralAnnouncement, _ refusal: CommandRefusal) -> Event? {
        if literal.isSynchronising {
            commandEnded()
            return .refused(refusal)
        }
        let (sum, overflow) = discarded.addingReportingOverflow(literal.size)
        guard !overflow, sum <= limits.discard else {
            return end("Too large literal.")
        }
        discarded = sum
        discard(literal.size, refusal)
        return nil
    }

    private mutating func discard(_ size: UInt64, _ refusal: CommandRefusal) {
        self.refusal = refusal
        dropRead()
        state = .discarding(size)
    }

    private mutating func end(_ text: String) -> Event {
        input = []
        start = 0
        lines = LineScanner()
        state = .ended(text)
        return .disconnect(text)
    }

    private mutating func commandEnded() {
        state = .line
        literalCount = 0
        discarded = 0
        refusal = nil
        appendTag = nil
        lines.beginLine(at: lines.position)
        dropRead()
    }

    /// Forgets the bytes before the scanner's position; moves the others only when they are fewer than those.
    private mutating func dropRead() {
        start = lines.position
        if start == input.count {
            // An idle session keeps no buffer.
            input.removeAll(keepingCapacity: input.capacity <= 512)
        } else if start >= input.count - start {
            input.removeSubrange(..<start)
        } else {
            return
        }
        start = 0
        lines.beginLine(at: 0)
    }

    private static func extraArguments(_ tag: IMAPTag?) -> CommandRefusal {
        CommandRefusal(tag, .bad, text: "Error in IMAP command APPEND: Unexpected extra arguments.")
    }
}
