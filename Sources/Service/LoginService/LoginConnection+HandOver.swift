// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import POSIX
package import Service

extension LoginConnection {
    /// How long a mail process may take: it is started, redeems the ticket and opens the mailbox meanwhile.
    private static let answerLimit = Int64.seconds(60)
    /// How long the mail service may be without a listener or room: as long as clients wait gladly.
    private static let policy = RetryPolicy(absence: .seconds(10), crowd: .seconds(10))

    /// Hands the client to a mail process: its descriptor where it is plain; where it is TLS, one end of a pair, and
    /// then this process carries the bytes until the session ends.
    ///
    /// `tag` is the IMAP tag that the mail process answers; `input` is what the client has sent beyond the log-in.
    ///
    /// - Returns: Nil when it was taken, and is over here; otherwise what the client should be told.
    package func handOver(_ success: AuthSuccess, tag: String, input: [UInt8]) async -> String? {
        service.forget(self)
        let order = SessionHandOver(
            clientPID: Int(success.ticket.clientProcessID),
            requestID: Int(success.ticket.requestID),
            cookie: success.ticket.cookie,
            remoteAddress: remote.host,
            localAddress: local?.host ?? "",
            isSecure: isTLS,
            tag: tag,
            input: input
        )
        do {
            let frames = try await reach()
            defer { frames.connection.close() }
            frames.connection.timeout = Self.answerLimit
            return isTLS ? try await relay(order, frames) : try await pass(order, frames)
        } catch {
            service.log.error("\(settings.mailSocket): cannot hand \(LoginLog.clean(user)) over: \(error)")
            return Self.internalError
        }
    }

    private static let internalError = "Internal error occurred. Try again later."

    private func reach() async throws(IPCError) -> FrameConnection {
        let client = connection
        let frames = FrameConnection(
            try await Self.policy.connect(to: .unix(settings.mailSocket)) { !client.isBroken }
        )
        try await frames.accept(InternalProtocol.session)
        return frames
    }

    /// Gives the client's own descriptor away, and keeps a copy to tell the client when nobody wants it.
    private func pass(_ order: SessionHandOver, _ frames: FrameConnection) async throws -> String? {
        try await connection.drained(everything: true)
        guard let own = connection.release() else { throw ConnectionError.closed }
        let copy = try own.duplicate()
        frames.send(order, with: copy)
        let answer = try? await frames.receive(SessionTaken.self)
        if let answer, answer.error.isEmpty {
            loggedIn()
            return nil
        }
        connection = try Connection(own)
        connection.timeout = .seconds(30)
        return answer?.error ?? Self.internalError
    }

    private func relay(_ order: SessionHandOver, _ frames: FrameConnection) async throws -> String? {
        let mail = try Descriptor.withSocketPair { near, far in
            frames.send(order, with: far)
            return try Connection(near)
        }
        defer { mail.close() }
        let answer = try await frames.receive(SessionTaken.self)
        guard answer.error.isEmpty else { return answer.error }
        frames.connection.close()
        loggedIn()
        await ByteRelay.run(connection, mail)
        return nil
    }
}
