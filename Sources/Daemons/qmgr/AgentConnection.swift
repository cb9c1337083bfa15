// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailQueue
internal import Service

/// Why an agent gave no verdicts.
enum AgentFailure: Error {
    /// No such service, or it does not answer.
    case unavailable(String)
    /// It went away with the request.
    case broken
    /// The queue file cannot be opened.
    case file(QueueFileError)
}

/// The kept connection to a delivery service; many requests are under way on it at once.
@Loop
final class AgentConnection {
    private let path: String
    private var frames: FrameConnection?
    private var connecting: Promise<Bool>?
    private var lastError = ""
    private var requests: [Int: Request] = [:]
    private var number = 0

    private struct Request {
        let connection: ObjectIdentifier
        let verdict: @Loop (DeliveryVerdict) -> Void
        let ended: Promise<Bool>
    }

    init(path: String) {
        self.path = path
    }

    /// Has one job delivered; `verdict` gets each recipient's as it comes.
    ///
    /// An agent that left just then (it was idle) is no failure: the job goes to the next one.
    func deliver(
        _ job: DeliveryJob,
        of transport: String,
        from directories: QueueDirectories,
        verdict: @escaping @Loop (DeliveryVerdict) -> Void
    ) async throws(AgentFailure) {
        var attempts = 0
        while true {
            let frames = try await connection()
            number += 1
            let ended = Promise<Bool>()
            requests[number] = Request(connection: ObjectIdentifier(frames), verdict: verdict, ended: ended)
            do throws(QueueFileError) {
                let file = try directories.open(job.mail.id, in: job.mail.folder)
                frames.send(request(number, job, transport), with: file)
            } catch {
                requests[number] = nil
                throw .file(error)
            }
            if await ended.get() { return }
            attempts += 1
            if attempts > 1 || job.open.count < job.recipients.count { throw .broken }
        }
    }

    private func request(_ number: Int, _ job: DeliveryJob, _ transport: String) -> DeliveryRequest {
        let mail = job.mail
        return DeliveryRequest(
            request: number,
            queueID: mail.id.text,
            transport: transport,
            nextHop: String(job.destination.nextHop.prefix { $0 != "\u{0}" }),
            envelope: mail.envelope(for: job.recipients),
            indexes: job.recipients.map(\.index),
            content: mail.content
        )
    }

    private func connection() async throws(AgentFailure) -> FrameConnection {
        while true {
            if let frames, !frames.connection.isBroken { return frames }
            if let connecting {
                if await connecting.get() { continue }
                throw .unavailable(lastError)
            }
            let promise = Promise<Bool>()
            connecting = promise
            do throws(IPCError) {
                let new = try await FrameConnection.connect(path: path, as: InternalProtocol.delivery)
                frames = new
                Loop.spawn { await self.follow(new) }
                connecting = nil
                promise.fulfil(true)
            } catch {
                lastError = "\(error)"
                connecting = nil
                promise.fulfil(false)
                throw .unavailable(lastError)
            }
        }
    }

    private func follow(_ frames: FrameConnection) async {
        while let frame = try? await frames.receive() {
            if frame.kind == AgentGreeting.kind { continue }
            if frame.kind == DeliveryVerdict.kind, let verdict = try? frame.decode(DeliveryVerdict.self) {
                requests[verdict.request]?.verdict(verdict)
            } else if let done = try? frame.decode(DeliveryDone.self) {
                requests.removeValue(forKey: done.request)?.ended.fulfil(true)
            } else {
                break
            }
        }
        frames.connection.close()
        for (number, request) in requests where request.connection == ObjectIdentifier(frames) {
            requests[number] = nil
            request.ended.fulfil(false)
        }
    }
}
