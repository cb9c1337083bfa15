// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import IPC
internal import InternalProtocols
package import LookupTables

/// Asks proxymap for the keys of tables that it keeps for all daemons.
///
/// One connection, many questions under way; the connection is made when first needed, and anew after it broke.
@Loop
package final class ProxymapClient {
    /// How much longer than the time limit an answer is waited for: proxymap is the one that keeps it.
    private static let slack = Int64.seconds(2)

    private typealias Answer = TableAnswer.Result

    private enum Link {
        case none
        case connecting(Promise<Bool>)
        case open(FrameConnection)
    }

    private let path: String
    private var link = Link.none
    private var lastRequest = 0
    private var waiting: [Int: Promise<Answer?>] = [:]

    /// A client of the service behind the socket at `path` (`private/proxymap`).
    package init(path: String) {
        self.path = path
    }

    isolated deinit {
        if case .open(let frames) = link { frames.connection.close() }
    }

    /// Looks a key up.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - specification: The table, `type:name`.
    ///   - timeLimit: Nanoseconds for the answer.
    /// - Returns: The value; nil where the table has none.
    /// - Throws: When the table cannot tell, or proxymap cannot be asked, in time.
    package func lookup(
        _ key: String,
        in specification: String,
        timeLimit: Int64 = .seconds(30)
    ) async throws(LookupError) -> String? {
        // A connection that broke under a question is no answer: proxymap may have been replaced. Once more, then.
        for _ in 0..<2 {
            guard let answer = try await ask(key, specification, timeLimit) else { continue }
            switch answer {
            case .found(let value): return value
            case .notFound: return nil
            case .failed(let reason): throw LookupError(table: specification, reason: reason)
            }
        }
        throw LookupError(table: specification, reason: "proxymap has ended the conversation")
    }

    /// One question; nil where the connection broke before the answer.
    private func ask(_ key: String, _ specification: String, _ timeLimit: Int64) async throws(LookupError) -> Answer? {
        let frames: FrameConnection
        do throws(IPCError) {
            frames = try await open()
        } catch {
            throw LookupError(table: specification, reason: "proxymap: \(error)")
        }
        lastRequest &+= 1
        let request = lastRequest
        let promise = Promise<Answer?>()
        waiting[request] = promise
        frames.send(
            TableQuestion(
                request: request,
                specification: specification,
                key: key,
                timeLimit: Int(clamping: timeLimit / 1_000_000)
            )
        )
        let timer = Loop.after(timeLimit &+ Self.slack) { promise.fulfil(.failed("proxymap has not answered in time")) }
        let answer = await promise.get()
        timer.cancel()
        waiting[request] = nil
        return answer
    }

    private func open() async throws(IPCError) -> FrameConnection {
        while true {
            switch link {
            case .open(let frames):
                // proxymap has said goodbye, or is gone; what is under way there is still answered.
                guard waiting.isEmpty, frames.isSpent else { return frames }
                link = .none
            case .connecting(let promise): _ = await promise.get()
            case .none:
                let promise = Promise<Bool>()
                link = .connecting(promise)
                do throws(IPCError) {
                    let frames = try await FrameConnection.connect(path: path, as: InternalProtocol.proxymap)
                    link = .open(frames)
                    promise.fulfil(true)
                    follow(frames)
                } catch {
                    link = .none
                    promise.fulfil(false)
                    throw error
                }
            }
        }
    }

    /// Hands answers to those who wait, until the connection ends; then all of them learn that.
    private func follow(_ frames: FrameConnection) {
        Loop.spawn { [weak self] in
            while let frame = try? await frames.receive(), let answer = try? frame.decode(TableAnswer.self) {
                self?.waiting.removeValue(forKey: answer.request)?.fulfil(answer.result)
            }
            frames.connection.close()
            self?.hasEnded(frames)
        }
    }

    private func hasEnded(_ frames: FrameConnection) {
        guard case .open(let current) = link, current === frames else { return }
        link = .none
        let lost = waiting
        waiting = [:]
        for promise in lost.values { promise.fulfil(nil) }
    }
}
