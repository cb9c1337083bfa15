// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailSession
internal import MailStore
internal import POP3Protocol

/// A client's session: lines to the engine, its actions to the maildrop and back.
@Loop
final class POP3Session {
    /// How long a client may be silent (RFC 1939 section 3: at least ten minutes).
    private static let patience: Int64 = .seconds(600)

    private let user: MailUser
    private let connection: Connection
    private let log: Logger
    private var input: ArraySlice<UInt8>
    private var ending: String?
    private var counts = Counts()
    private var silence: Timer?
    private var lastInput: Int64 = 0
    private var isStreaming = false
    /// Octets of the response being sent that have left.
    private var streamed = 0

    /// What the session has done, for its last line in the log.
    private struct Counts {
        var top = (count: 0, octets: 0)
        var retrieved = (count: 0, octets: 0)
        var deleted = 0
        var messages = 0
        var size = 0
    }

    init(_ client: MailClient, _ log: Logger) {
        user = client.user
        connection = client.connection
        input = client.input[...]
        self.log = log
    }

    /// Serves the client until it leaves.
    func run() async {
        watchSilence()
        do {
            let drop = try await Maildrop.open(user.storage)
            counts.messages = drop.messages.count
            counts.size = drop.messages.reduce(0) { $0 &+ $1.size }
            connection.post(POP3MailboxSession.loggedIn)
            try await converse(drop)
        } catch let error as StoreError {
            report(error)
            end("Mailbox cannot be read")
            // Within a message nothing can be said that the client would not take for a part of it.
            if !isStreaming { connection.post(POP3Reply.error(error.pop3Code, Self.internalError).bytes) }
        } catch {
            end("Connection closed")
        }
        silence?.cancel()
        // A client that takes nothing any more is not waited for.
        connection.timeout = .seconds(30)
        await connection.finish()
        log.info("pop3(\(user.name)): Disconnected: \(ending ?? "Connection closed") \(summary)")
    }

    /// Ends the session, whatever it does: relais stops.
    func stop() {
        end("Server shutting down")
        connection.abort()
    }

    private static let internalError = "Internal error occurred. Refer to server log for more information."

    private var summary: String {
        "top=\(counts.top.count)/\(counts.top.octets), retr=\(counts.retrieved.count)/\(counts.retrieved.octets), "
            + "del=\(counts.deleted)/\(counts.messages), size=\(counts.size)"
    }

    private func end(_ reason: String) {
        if ending == nil { ending = reason }
    }

    private func report(_ error: StoreError) {
        log.error("pop3(\(user.name)): \(error.text)")
    }

    // MARK: The conversation

    private func converse(_ drop: Maildrop) async throws {
        var session = POP3MailboxSession(drop.messages)
        conversation: while true {
            guard let line = try await readLine(limit: session.lineLimit) else {
                end("Connection closed")
                break
            }
            var action = session.receive(line[...])
            if case .update(let indices) = action { action = await update(&session, drop, indices) }
            switch action {
            case .send(let bytes): connection.post(bytes)
            case .retrieve(let index, let bodyLines, let reply):
                try await send(index, of: drop, bodyLines: bodyLines, reply)
            case .update: break
            case .close(let bytes):
                connection.post(bytes)
                end("Disconnected")
                return
            }
            try await connection.drained()
        }
        // A client that has gone without QUIT has read what it has read all the same.
        try await drop.markSeen(session.retrieved.sorted())
    }

    /// The UPDATE state (RFC 1939 section 6): what is answered `+OK` is durable.
    private func update(
        _ session: inout POP3MailboxSession,
        _ drop: Maildrop,
        _ indices: [Int]
    ) async -> POP3MailboxAction {
        end("Logged out")
        do throws(StoreError) {
            try await drop.markSeen(session.retrieved.subtracting(indices).sorted())
            try await drop.delete(indices)
            counts.deleted = indices.count
            return session.updated(isSuccess: true)
        } catch {
            report(error)
            return session.updated(isSuccess: false)
        }
    }

    /// Sends a message: at once where it is short and in memory, otherwise as the client takes it.
    private func send(_ index: Int, of drop: Maildrop, bodyLines: Int?, _ reply: [UInt8]) async throws {
        var encoder = POP3MessageEncoder(bodyLines: bodyLines)
        var output = reply
        if let bytes = drop.cachedMessage(index) {
            encoder.encode(bytes.span, into: &output)
        } else {
            guard let message = try await drop.message(index) else {
                connection.post(POP3MailboxSession.messageGone)
                return
            }
            isStreaming = true
            try await stream(message, &encoder, &output)
        }
        encoder.finish(into: &output)
        connection.post(output)
        isStreaming = false
        let sent = streamed + output.count - reply.count
        streamed = 0
        if bodyLines == nil {
            counts.retrieved = (counts.retrieved.count + 1, counts.retrieved.octets + sent)
        } else {
            counts.top = (counts.top.count + 1, counts.top.octets + sent)
        }
    }

    /// Sends all of a message but what is left in `output`.
    private func stream(
        _ message: RetrievedMessage,
        _ encoder: inout POP3MessageEncoder,
        _ output: inout [UInt8]
    ) async throws {
        var offset = 0
        while !encoder.isComplete, offset < message.size {
            let here = offset
            let bytes = try await offload { () throws(StoreError) in try message.read(at: here) }
            // A file that has become shorter meanwhile is served as far as it goes.
            guard !bytes.isEmpty else { return }
            offset += bytes.count
            streamed += output.count
            connection.post(output)
            output = []
            try await connection.drained()
            encoder.encode(bytes.span, into: &output)
            lastInput = EventLoop.shared.now
        }
    }

    // MARK: Input

    /// The next line without its end; nil when the client has gone.
    private func readLine(limit: Int) async throws(ConnectionError) -> [UInt8]? {
        while true {
            if let end = input.firstIndex(of: 10) {
                let line = input[..<end]
                input = input[(end + 1)...]
                return Array(line.last == 13 ? line.dropLast() : line)
            }
            guard input.count <= limit + 2 else { throw .tooLong }
            guard try await connection.fill() else { return nil }
            lastInput = EventLoop.shared.now
            input = input.isEmpty ? connection.take()[...] : (Array(input) + connection.take())[...]
        }
    }

    private func watchSilence() {
        lastInput = EventLoop.shared.now
        connection.timeout = Self.patience + .seconds(60)
        silence = Loop.after(Self.patience) { [weak self] in self?.checkSilence() }
    }

    private func checkSilence() {
        let left = lastInput &+ Self.patience &- EventLoop.shared.now
        guard left <= 0 else {
            silence = Loop.after(left) { [weak self] in self?.checkSilence() }
            return
        }
        end("Disconnected for inactivity")
        if !isStreaming { connection.post(POP3Reply.inactive.bytes) }
        // The session's own task waits for input or room; aborting wakes it once the line has left.
        let connection = connection
        Loop.after(0) { connection.abort() }
    }
}

extension StoreError {
    /// Whether a client should try again (RFC 3206).
    var pop3Code: POP3Reply.Code {
        switch reason {
        case .locked: .inUse
        default: .temporary
        }
    }
}
