// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import SMTPProtocol
internal import Service

/// The content of one message on its way from the socket to cleanup, in parts of 64 KiB.
@Loop
final class IncomingContent {
    private static let part = 64 * 1024

    private(set) var decoder: SMTPDataDecoder
    private let submission: Submission
    private var buffer: [UInt8] = []

    /// Where cleanup cannot be reached the content is read nevertheless, and then refused.
    init(_ decoder: SMTPDataDecoder, _ submission: Submission) {
        self.decoder = decoder
        self.submission = submission
    }

    /// Decodes what is buffered, at most `limit` bytes of it; tells how far the message has come.
    func take(from connection: Connection, limit: Int = .max) async -> (taken: Int, progress: SMTPDataDecoder.Progress)
    {
        var result = SMTPDataDecoder.Progress.more
        var taken = 0
        connection.consume { input in
            let part = input.extracting(first: min(limit, input.count))
            (taken, result) = decoder.decode(part, into: &buffer)
            return taken
        }
        if buffer.count >= Self.part { await flush() }
        return (taken, result)
    }

    private func flush() async {
        guard !buffer.isEmpty else { return }
        let part = buffer
        buffer = []
        await submission.content(part)
    }

    /// Ends counted content after its last chunk.
    func finish() {
        decoder.finish(into: &buffer)
    }

    /// Has the message queued; cleanup's answer.
    func commit(_ actions: MessageActions) async -> MessageOutcome {
        await flush()
        return await submission.commit(actions)
    }

    /// Forgets the message.
    func abort() {
        submission.abort()
    }
}
