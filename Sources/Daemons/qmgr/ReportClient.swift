// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailQueue
internal import Service

/// Asks bounce for reports to senders.
@Loop
final class ReportClient {
    private let connections: KeptConnections

    init(path: String) {
        connections = KeptConnections(path: path, as: InternalProtocol.bounce)
    }

    /// The outcome; its `error` says why there is no report, which is then still owed.
    func send(_ request: BounceRequest, _ mail: QueuedMail, _ directories: QueueDirectories) async -> BounceOutcome {
        do {
            let frames = try await connections.take()
            let file = try directories.open(mail.id, in: mail.folder)
            frames.send(request, with: file)
            do {
                let outcome = try await frames.receive(BounceOutcome.self)
                connections.giveBack(frames)
                return outcome
            } catch {
                frames.connection.close()
                throw error
            }
        } catch {
            return BounceOutcome(queueID: "", error: "\(error)")
        }
    }
}
