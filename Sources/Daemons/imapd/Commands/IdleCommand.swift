// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// IDLE (RFC 2177): tells changes as they happen until the client says DONE.
@Loop
enum IdleCommand: Command {
    /// How often something is said, so that address translators keep the connection in mind.
    private static let stillHere: Int64 = .seconds(120)
    /// How often a mailbox is looked at that the kernel does not watch.
    private static let looking: Int64 = .seconds(30)

    static let telling = Telling.noticed

    /// What wakes the task that tells.
    private enum Signal: Sendable {
        case changed
        case stillHere
    }

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.continuation("idling")
        session.flush()
        let timeout = session.connection.timeout
        session.connection.timeout = nil
        session.counts.isBusy = true
        let signals = Channel<Signal>()
        let told = Promise<Bool>()
        session.selected?.changed = { if signals.count == 0 { signals.send(.changed) } }
        signals.send(.changed)
        Loop.spawn {
            while let signal = await signals.next() { await tell(signal, session) }
            told.fulfil(true)
        }
        let timer = Repeating(every: stillHere) { signals.send(.stillHere) }
        let isWatched = session.selected?.shared.isWatched ?? true
        let look = isWatched ? nil : Repeating(every: looking) { signals.send(.changed) }
        defer {
            timer.cancel()
            look?.cancel()
            session.connection.timeout = timeout
            session.counts.isBusy = false
            session.touch()
        }
        let line: Result<[UInt8]?, any Error>
        do {
            line = .success(try await session.readIdleLine())
        } catch {
            line = .failure(error)
        }
        session.selected?.changed = nil
        signals.close()
        // The reply must not come between the responses of a change that is being told.
        _ = await told.get()
        guard let bytes = try line.get() else {
            session.end("Connection closed")
            return Completion("")
        }
        guard IMAPCommandReader.endsIdle(bytes) else { throw CommandFailure(.bad, nil, "Expected DONE.") }
        return Completion("Idle completed.")
    }

    private static func tell(_ signal: Signal, _ session: IMAPSession) async {
        switch signal {
        case .stillHere:
            // A client that takes nothing is not helped by more.
            if session.connection.pending == 0 { session.writer.untagged(.ok, text: "Still here") }
        case .changed:
            do {
                try await session.tellChanges(.everything)
            } catch {
                _ = session.failure(error)
                if session.isOver { session.connection.abort() }
            }
        }
        session.flush()
    }
}

/// A call that comes again and again.
@Loop
final class Repeating {
    private var timer: Timer?

    init(every interval: Int64, _ body: @escaping @Loop () -> Void) {
        arm(interval, body)
    }

    /// Ends it.
    func cancel() {
        timer?.cancel()
        timer = nil
    }

    private func arm(_ interval: Int64, _ body: @escaping @Loop () -> Void) {
        timer = Loop.after(interval) { [weak self] in
            guard let self else { return }
            body()
            self.arm(interval, body)
        }
    }
}

extension IMAPSession {
    /// The line that ends IDLE; nil when the client has gone.
    func readIdleLine() async throws -> [UInt8]? {
        while true {
            switch reader.nextLine(limit: 1024) {
            case .line(let line): return line
            case .tooLong: return nil
            case .needMore:
                guard try await readMore() else { return nil }
            }
        }
    }
}
