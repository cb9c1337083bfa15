// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import IPC
internal import Logging
internal import MailConfiguration
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import Service
internal import SystemPackage

/// Takes messages from smtpd, bounce and the others, one after another on each connection.
@Loop
final class Intake {
    private let cleanup: Cleanup
    private let worker: Worker
    private let log: Logger
    private let ids = QueueIDSource()
    private let queueManager: QueueManagerNotice
    /// Other messages under way: one that comes alone is committed without the detour over a thread.
    private var concurrency = CommitConcurrency()

    init(_ cleanup: Cleanup, _ worker: Worker) {
        self.cleanup = cleanup
        self.worker = worker
        log = worker.start.log
        queueManager = QueueManagerNotice(path: worker.start.publicSocket("qmgr"))
        Offload.shared.setLimit(32)
    }

    func converse(_ frames: FrameConnection) async throws {
        while let frame = try await frames.receive() {
            let start = try frame.decode(MessageEnvelope.self)
            worker.workBegins()
            concurrency.begins(ObjectIdentifier(frames), at: EventLoop.shared.now)
            defer {
                concurrency.ends()
                worker.workEnds()
            }
            frames.send(try await receive(start, frames))
        }
    }

    /// One message: content until its end, then the disk.
    private func receive(_ start: MessageEnvelope, _ frames: FrameConnection) async throws -> MessageOutcome {
        let folder: QueueFolder = start.actions.holds ? .hold : .incoming
        let message = IncomingMessage(
            start,
            cleanup,
            QueueFileWriter(in: cleanup.directories, ids: ids, folder: folder)
        )
        while true {
            guard let frame = try await frames.receive() else { throw IPCError.ended }
            guard frame.kind == MessageContent.kind else {
                let end = try frame.decode(MessageEnd.self)
                guard end.isComplete else { throw IPCError.ended }
                message.add(end.actions)
                return await queue(message)
            }
            message.add(try frame.decode(MessageContent.self).bytes)
            let writer = message.writer
            guard writer.isFlushDue else { continue }
            do throws(QueueFileError) {
                try await offload { () throws(QueueFileError) in try writer.flush() }
            } catch {
                message.refuse(outcome(error, message))
            }
        }
    }

    private func queue(_ message: IncomingMessage) async -> MessageOutcome {
        let envelope = await message.finish()
        if let refusal = message.refusal {
            message.writer.abort()
            log.info("\(message.writer.id): reject: \(refusal.text)")
            return refusal
        }
        let writer = message.writer
        if message.actions.discards {
            writer.abort()
            log.info("\(writer.id): from=<\(envelope.sender)>: discarded")
            return MessageOutcome(queueID: writer.id.text)
        }
        do throws(QueueFileError) {
            let file =
                concurrency.isAlone(at: EventLoop.shared.now)
                ? try writer.commit(envelope)
                : try await offload { () throws(QueueFileError) in try writer.commit(envelope) }
            log.info("\(file.id): message-id=<\(Self.withoutBrackets(envelope.messageID))>")
            crashPoint(.cleanupCommitted)
            // No queue file is as large as a range can be.
            if let content = file.layout.content {
                var notice = QueuedMessage(queueID: file.id.text, envelope: envelope, content: content)
                notice.isOnHold = file.folder == .hold
                queueManager.tell(notice)
            }
            crashPoint(.cleanupTold)
            return MessageOutcome(queueID: file.id.text)
        } catch {
            return outcome(error, message)
        }
    }

    /// The reply when the queue file cannot be written.
    private func outcome(_ error: QueueFileError, _ message: IncomingMessage) -> MessageOutcome {
        log.error("\(message.writer.id): \(error)")
        switch error {
        case .system(_, .noSpace), .system(_, .diskQuotaExceeded):
            return MessageOutcome(code: 452, status: "4.3.1", text: "Insufficient system storage")
        case .invalidValue, .limitExceeded:
            return MessageOutcome(code: 550, status: "5.6.0", text: "Message envelope cannot be stored: \(error)")
        default:
            return MessageOutcome(code: 451, status: "4.3.0", text: "Error: queue file write error")
        }
    }

    private static func withoutBrackets(_ id: String) -> Substring {
        let bytes = id.utf8
        guard bytes.count > 1, bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">") else { return id[...] }
        return Substring(bytes.dropFirst().dropLast())
    }
}
