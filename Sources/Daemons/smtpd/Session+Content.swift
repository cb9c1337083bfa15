// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailAddress
internal import MailStatus
internal import POSIX
internal import SMTPAccess
internal import SMTPProtocol
internal import Service

/// DATA and BDAT: the content goes straight on to cleanup.
extension Session {
    func receiveData() async throws(ConnectionError) -> SMTPServerAction? {
        let content = await begin()
        while true {
            let (_, progress) = await content.take(from: connection)
            switch progress {
            case .more:
                guard try await connection.fill() else {
                    abandonContent()
                    log.info("lost connection after DATA (\(content.decoder.size) bytes) from \(clientLabel)")
                    return nil
                }
            case .violation(let kind):
                abandonContent()
                log.info("NOQUEUE: reject: DATA from \(clientLabel): \(kind.rawValue)")
                return engine.contentViolated(kind)
            case .end:
                return isTooLarge(content) ? engine.contentReceived(.contentTooLarge) : engine.contentEnded()
            }
        }
    }

    func receiveChunk(
        _ size: Int,
        isLast: Bool,
        isDiscarded: Bool
    ) async throws(ConnectionError) -> SMTPServerAction? {
        if isDiscarded {
            abandonContent()
            try await skip(size)
            return engine.chunkReceived()
        }
        let content: IncomingContent
        if let current = self.content { content = current } else { content = await begin() }
        var left = size
        while left > 0 {
            if connection.buffered == 0, try await !connection.fill() {
                log.info("lost connection after BDAT (\(content.decoder.size) bytes) from \(clientLabel)")
                return nil
            }
            let (taken, progress) = await content.take(from: connection, limit: left)
            left -= taken
            if case .violation(let kind) = progress { return engine.contentViolated(kind) }
        }
        guard isLast else { return engine.chunkReceived() }
        content.finish()
        return isTooLarge(content) ? engine.chunkReceived(.contentTooLarge) : engine.contentEnded()
    }

    private func begin() async -> IncomingContent {
        let new = IncomingContent(engine.makeDataDecoder(), shared.cleanup.begin(await envelope()))
        content = new
        return new
    }

    /// Drops the content of a message that will not be completed.
    func abandonContent() {
        content?.abort()
        content = nil
    }

    private func skip(_ size: Int) async throws(ConnectionError) {
        var left = size
        while left > 0 {
            if connection.buffered == 0, try await !connection.fill() { throw .unexpectedEnd }
            left -= connection.take(min(left, 65536)).count
        }
    }

    /// Drops content over the limit, and says so in the log.
    private func isTooLarge(_ content: IncomingContent) -> Bool {
        guard content.decoder.isOverLimit else { return false }
        abandonContent()
        let sender = engine.mail?.sender.internalForm ?? ""
        log.info("NOQUEUE: reject: message from \(clientLabel) exceeds message_size_limit; from=<\(sender)>")
        return true
    }

    /// The message is whole and welcome: the disk decides.
    func commit() async -> SMTPReply {
        guard let content else { return .temporaryFailure }
        let outcome = await content.commit(MessageActions(access.actions))
        self.content = nil
        let status = EnhancedStatus(outcome.status)
        crashPoint(.smtpdAccepted)
        guard outcome.code == 250 else {
            log.info("NOQUEUE: reject: end of data from \(clientLabel): \(outcome.code) \(outcome.text)")
            return SMTPReply(UInt16(clamping: outcome.code), status, outcome.text)
        }
        let user = engine.authenticatedUser.map { ", sasl_method=\(saslMethod), sasl_username=\($0)" } ?? ""
        log.info("\(outcome.queueID): client=\(clientLabel)\(user)")
        return .queued(as: outcome.queueID)
    }
}
