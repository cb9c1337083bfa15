// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import Logging
internal import MailSession
internal import MailStore

/// A client's session: bytes from its connection to the engine, commands to their handlers, responses back.
@Loop
final class IMAPSession {
    /// How long a client may be silent (RFC 3501 section 5.4: at least 30 minutes).
    private static let patience: Int64 = .seconds(30 * 60)
    /// Commands in a row that make no sense.
    private static let badCommandLimit = 20

    let service: IMAPService
    let user: MailUser
    let connection: Connection
    var reader: IMAPCommandReader
    var writer = IMAPResponseWriter()
    var selected: SelectedMailbox?
    /// The APPEND whose message is being read.
    var appending: Appending?
    var counts = SessionCounts()
    /// Whether mailboxes that dovecot.conf wants were looked for.
    var hasMadeMailboxes = false

    private let client: MailClient
    private var badCommands = 0
    /// Why the session has ended, for the log; nil while it goes on.
    private var ending: String?
    private var silence: Timer?
    private var lastInput: Int64 = 0

    init(_ client: MailClient, _ service: IMAPService) {
        self.client = client
        self.service = service
        user = client.user
        connection = client.connection
        var limits = CommandLimits.session
        limits.message = 128 << 20
        reader = IMAPCommandReader(limits: limits)
    }

    /// Whether the session is over.
    var isOver: Bool { ending != nil }

    // MARK: From greeting to goodbye

    /// Serves the client until it leaves.
    func run() async {
        greet()
        watchSilence()
        do {
            try await converse()
        } catch ConnectionError.timedOut {
            end("Disconnected for inactivity")
        } catch {
            end("Connection closed")
        }
        silence?.cancel()
        appending = nil
        leaveMailbox()
        flush()
        // A client that takes nothing any more is not waited for.
        connection.timeout = .seconds(30)
        await connection.finish()
        service.log.info("imap(\(user.name)): Disconnected: \(ending ?? "Connection closed") \(counts.text)")
    }

    private func greet() {
        if let tag = IMAPTag(client.tag) {
            writer.tagged(tag, .ok, .capability(IMAPService.capabilities), text: "Logged in")
        } else {
            writer.untagged(.preauth, .capability(IMAPService.capabilities), text: "Logged in as \(user.name)")
        }
        flush()
        counts.input += client.input.count
        reader.append(client.input)
    }

    private func converse() async throws {
        while !isOver {
            switch reader.next() {
            case .needMore:
                flush()
                guard try await readMore() else { return end("Connection closed") }
            case .continuationNeeded:
                writer.continuation()
                flush()
            case .command(let command):
                await execute(command)
                try await connection.drained()
            case .appendStarted(let command): await begin(command)
            case .appendData(let bytes): await append(bytes)
            case .appendFinished: await finishAppend()
            case .refused(let refusal): refuse(refusal)
            case .disconnect(let text):
                writer.untagged(.bye, text: text)
                end("Disconnected: \(text)")
            }
        }
    }

    /// Waits for more of the client's bytes; false when it has ended the stream.
    func readMore() async throws(ConnectionError) -> Bool {
        guard try await connection.fill() else { return false }
        lastInput = EventLoop.shared.now
        let bytes = connection.take()
        counts.input += bytes.count
        reader.append(bytes)
        return true
    }

    /// Sends what was written so far at the end of this turn.
    func flush() {
        guard !writer.output.isEmpty else { return }
        let bytes = writer.take()
        counts.output += bytes.count
        connection.post(bytes)
    }

    // MARK: Commands

    private func execute(_ command: IMAPCommand) async {
        let state: SessionState = selected == nil ? .authenticated : .selected
        if let refusal = command.verb.refusal(in: state, tag: command.tag) {
            refuse(refusal)
            return
        }
        guard let row = CommandTable.rows[command.verb] else {
            refuse(
                CommandRefusal(command.tag, .bad, text: "Error in IMAP command \(command.verb.name): Unknown command.")
            )
            return
        }
        badCommands = 0
        do {
            let completion = try await row.run(self, command.request)
            guard !isOver || command.verb == .logout else { return }
            try await tellChanges(row.telling)
            writer.tagged(command.tag, completion.condition, completion.code, text: completion.text)
        } catch {
            guard !counts.isStreaming else {
                // Whatever was sent now would be taken for a part of the literal.
                _ = failure(error)
                _ = writer.take()
                return end("Message could not be read to its end")
            }
            fail(command.tag, error)
        }
        flush()
    }

    private func refuse(_ refusal: CommandRefusal) {
        appending = nil
        writer.refusal(refusal)
        badCommands += refusal.condition == .bad ? 1 : 0
        if badCommands >= Self.badCommandLimit {
            writer.untagged(.bye, text: "Too many invalid IMAP commands.")
            end("Disconnected: Too many invalid IMAP commands")
        }
        flush()
    }

    /// Replies to a command that failed.
    func fail(_ tag: IMAPTag, _ error: any Error, isTarget: Bool = false) {
        let failure = failure(error, isTarget: isTarget)
        guard !isOver else { return }
        writer.tagged(tag, failure.condition, failure.code, text: failure.text)
        flush()
    }

    /// What a client is told of an error; what the administrator must know is logged here.
    func failure(_ error: any Error, isTarget: Bool = false) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: return failure
        case let error as StoreError:
            if error.isForLog { service.log.error("imap(\(user.name)): \(error.text)") }
            if error.reason == .replaced {
                writer.untagged(.bye, .unavailable, text: "IMAP session state is inconsistent, please relogin.")
                end("IMAP session state is inconsistent")
            }
            return CommandFailure(error, isTarget: isTarget)
        case is ConnectionError:
            end("Connection closed")
            return CommandFailure(.no, nil, "Connection closed")
        default:
            service.log.error("imap(\(user.name)): \(error)")
            return CommandFailure(.no, .serverBug, "Internal error occurred. Refer to server log for more information.")
        }
    }

    // MARK: The end

    /// Has the session end; the first reason is logged.
    func end(_ reason: String) {
        if ending == nil { ending = reason }
    }

    /// Tells the client that it is over, whatever it does at the moment.
    func sayGoodbye(_ text: String, logged reason: String) {
        guard !isOver else { return }
        end(reason)
        // A response that is being sent cannot be interrupted by a line, and a client that takes nothing is not told.
        if !counts.isStreaming && connection.pending == 0 { connection.post("* BYE \(text)\r\n") }
        // The session's own task waits for input, room or a disk; aborting wakes it once the line has left.
        let connection = connection
        Loop.after(0) { connection.abort() }
    }

    private func watchSilence() {
        lastInput = EventLoop.shared.now
        connection.timeout = Self.patience + .seconds(60)
        silence = Loop.after(Self.patience) { [weak self] in self?.checkSilence() }
    }

    private func checkSilence() {
        let left = lastInput &+ Self.patience &- EventLoop.shared.now
        if left <= 0 && !counts.isBusy {
            sayGoodbye("Disconnected for inactivity.", logged: "Disconnected for inactivity")
        } else {
            silence = Loop.after(max(left, .seconds(60))) { [weak self] in self?.checkSilence() }
        }
    }

    /// Counts as activity: what the client waits for may take long, and IDLE may last for ever.
    func touch() {
        lastInput = EventLoop.shared.now
    }
}
