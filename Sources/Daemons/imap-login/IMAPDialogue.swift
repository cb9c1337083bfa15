// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import LoginService
internal import SASL

/// The talk with a client in the state "not authenticated" (RFC 3501 section 3.1).
@Loop
final class IMAPDialogue {
    /// Bad commands of one connection.
    private static let errorLimit = 10

    /// What a client is told who takes too long.
    nonisolated static let inactive = [UInt8]("* BYE Disconnected for inactivity.\r\n".utf8)

    let client: LoginConnection
    var reader = IMAPCommandReader(limits: .login)
    var writer = IMAPResponseWriter()
    private var errors = 0

    init(_ client: LoginConnection) {
        self.client = client
    }

    /// Talks until the client is handed over or gone.
    func run() async -> LoginEnd {
        writer.untagged(.ok, .capability(capabilities), text: client.settings.greeting)
        send()
        do throws(ConnectionError) {
            while true {
                switch reader.next() {
                case .needMore: guard try await fill() else { return .disconnected }
                case .continuationNeeded: writer.continuation()
                case .command(let command): if let end = try await perform(command) { return end }
                case .refused(let refusal):
                    if refusal.condition == .bad { errors += 1 }
                    writer.refusal(refusal)
                case .appendStarted(let append): refuse(append)
                case .appendData, .appendFinished: break
                case .disconnect(let text): return leave(text)
                }
                if errors >= Self.errorLimit { return leave("Too many invalid IMAP commands.") }
                if client.hasFailedTooOften { return leave("Too many failed log-ins.") }
            }
        } catch {
            return .disconnected
        }
    }

    /// Sends what was written and waits for more input; false at the end of the stream.
    func fill() async throws(ConnectionError) -> Bool {
        send()
        try await client.connection.drained()
        guard client.connection.buffered > 0 else {
            guard try await client.connection.fill() else { return false }
            reader.append(client.connection.take())
            return true
        }
        reader.append(client.connection.take())
        return true
    }

    /// Has what was written sent at the end of the turn.
    func send() {
        if !writer.output.isEmpty { client.connection.post(writer.take()) }
    }

    /// What can be done now, and what the mail process will be able to do in any case.
    var capabilities: [String] {
        var list = ["IMAP4rev1", "LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE"]
        if client.offersTLS { list.append("STARTTLS") }
        if client.arePasswordsTaken {
            list += client.settings.mechanisms.map { "AUTH=\($0)" }
        } else {
            list.append("LOGINDISABLED")
        }
        return list
    }

    private func perform(_ command: IMAPCommand) async throws(ConnectionError) -> LoginEnd? {
        if let refusal = command.verb.refusal(in: .notAuthenticated, tag: command.tag) {
            errors += 1
            writer.refusal(refusal)
            return nil
        }
        switch command.request {
        case .capability:
            writer.raw("* CAPABILITY ")
            writer.raw(capabilities.joined(separator: " "))
            writer.lineEnd()
            writer.tagged(command.tag, .ok, text: "Pre-login capabilities listed, post-login capabilities have more.")
        case .noop: writer.tagged(command.tag, .ok, text: "NOOP completed.")
        case .id: identify(command.tag)
        case .logout:
            writer.untagged(.bye, text: "Logging out")
            writer.tagged(command.tag, .ok, text: "Logout completed.")
            send()
            return .quit
        case .startTLS: return await startTLS(command.tag)
        case .login(let user, let password): return try await login(command.tag, user, password)
        case .authenticate(let mechanism, let initial): return try await authenticate(command.tag, mechanism, initial)
        default: break
        }
        return nil
    }

    /// Counts a refusal of the reader's and of ours alike.
    func refuse(_ tag: IMAPTag, _ condition: IMAPCondition, _ code: IMAPResponseCode? = nil, text: String) {
        if condition == .bad { errors += 1 }
        writer.tagged(tag, condition, code, text: text)
    }

    private func refuse(_ append: AppendCommand) {
        reader.refuseAppend(CommandRefusal(append.tag, .bad, text: "Error in IMAP command received by server."))
    }

    // RFC 2971
    private func identify(_ tag: IMAPTag) {
        writer.raw("* ID (\"name\" \"relais\")")
        writer.lineEnd()
        writer.tagged(tag, .ok, text: "ID completed.")
    }

    private func startTLS(_ tag: IMAPTag) async -> LoginEnd? {
        guard client.offersTLS else {
            refuse(
                tag,
                .bad,
                text: client.settings.tls == nil ? "TLS support isn't enabled." : "TLS is already active."
            )
            return nil
        }
        writer.tagged(tag, .ok, text: "Begin TLS negotiation now.")
        send()
        // What came in the clear behind the command is dropped, here and in the connection.
        _ = reader.takeUnread()
        return await client.startTLS()
    }

    private func leave(_ text: String) -> LoginEnd {
        writer.untagged(.bye, text: text)
        send()
        return .failed(text.hasSuffix(".") ? String(text.dropLast()) : text)
    }
}
