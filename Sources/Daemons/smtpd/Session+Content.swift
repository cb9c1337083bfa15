// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailAddress
internal import MailStatus
internal import POSIX
internal import SMTPProtocol
internal import Service

/// DATA and BDAT: the content goes straight on to cleanup.
extension Session {
    func receiveData() async throws(ConnectionError) -> SMTPServerAction? {
        isReceiving = true
        defer { isReceiving = false }
        let content = IncomingContent(engine.makeDataDecoder(), shared.cleanup.begin(envelope()))
        while true {
            let (_, progress) = await content.take(from: connection)
            switch progress {
            case .more:
                guard try await connection.fill() else {
                    content.abort()
                    log.info("lost connection after DATA (\(content.decoder.size) bytes) from \(clientLabel)")
                    return nil
                }
            case .violation(let kind):
                content.abort()
                log.info("NOQUEUE: reject: DATA from \(clientLabel): \(kind.rawValue)")
                return engine.contentViolated(kind)
            case .end:
                return engine.contentReceived(await conclude(content))
            }
        }
    }

    func receiveChunk(
        _ size: Int,
        isLast: Bool,
        isDiscarded: Bool
    ) async throws(ConnectionError) -> SMTPServerAction? {
        if isDiscarded {
            abandonChunks()
            try await skip(size)
            return engine.chunkReceived()
        }
        isReceiving = true
        defer { isReceiving = chunked != nil }
        let content: IncomingContent
        if let chunked {
            content = chunked
        } else {
            content = IncomingContent(engine.makeDataDecoder(), shared.cleanup.begin(envelope()))
            chunked = content
        }
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
        chunked = nil
        content.finish()
        return engine.chunkReceived(await conclude(content))
    }

    /// Drops the chunks of a message that will not be completed.
    func abandonChunks() {
        chunked?.abort()
        chunked = nil
        isReceiving = false
    }

    private func skip(_ size: Int) async throws(ConnectionError) {
        var left = size
        while left > 0 {
            if connection.buffered == 0, try await !connection.fill() { throw .unexpectedEnd }
            left -= connection.take(min(left, 65536)).count
        }
    }

    /// The message is whole: the disk decides.
    private func conclude(_ content: IncomingContent) async -> SMTPReply {
        guard !content.decoder.isOverLimit else {
            content.abort()
            log.info(
                "NOQUEUE: reject: message from \(clientLabel) exceeds message_size_limit; from=<\(sender.internalForm)>"
            )
            return .contentTooLarge
        }
        let outcome = await content.commit()
        recipients = []
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
