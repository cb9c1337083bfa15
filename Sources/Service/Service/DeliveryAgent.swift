// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import InternalProtocols
internal import IPC
internal import Logging
package import MailEnvelope
package import POSIX

/// An open queue file, read-only, shared by the deliveries of one request.
package final class SharedMessage: Sendable {
    package let descriptor: Descriptor

    package init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }
}

/// The requests of one connection that have no last verdict yet.
@Loop
private final class RequestsUnderWay {
    var count = 0 {
        didSet { if count == 0 { waiter?.fulfil(true) } }
    }
    private var waiter: Promise<Bool>?

    /// Waits until there are none.
    func ended() async {
        guard count > 0 else { return }
        let waiter = Promise<Bool>()
        self.waiter = waiter
        _ = await waiter.get()
    }
}

/// The shape of all delivery agents: takes requests from qmgr, answers and logs the outcome of each recipient.
@Loop
package final class DeliveryAgent {
    /// Delivers to one recipient; the number is its position in the request.
    ///
    /// An outcome without a peer gets the name of this service.
    package typealias Deliver = @Loop @Sendable (DeliveryRequest, Int, SharedMessage) async -> Outcome

    /// Deliveries at once on one connection: beyond them qmgr opens another one, which another process takes.
    private static let capacity = 100

    private let worker: Worker
    private let deliver: Deliver

    /// Serves qmgr's requests with `deliver`.
    package static func serve(_ worker: Worker, _ deliver: @escaping Deliver) {
        let agent = DeliveryAgent(worker, deliver)
        worker.clientLimit = capacity
        worker.serveRequests(as: InternalProtocol.delivery) { frames, _ in try await agent.converse(frames) }
    }

    private init(_ worker: Worker, _ deliver: @escaping Deliver) {
        self.worker = worker
        self.deliver = deliver
    }

    private func converse(_ frames: FrameConnection) async throws {
        frames.send(AgentGreeting(capacity: Self.capacity))
        let requests = RequestsUnderWay()
        do {
            while let frame = try await frames.receive() {
                let request = try frame.decode(DeliveryRequest.self)
                let file = SharedMessage(try frames.takeDescriptor())
                worker.workBegins()
                requests.count += 1
                Loop.spawn { [self] in
                    await carryOut(request, file, frames)
                    requests.count -= 1
                    worker.workEnds()
                }
            }
        } catch {
            // A request that could not be taken (no descriptor is free) must not repeat the others: their verdicts go first.
            await requests.ended()
            try? await frames.connection.drained(everything: true)
            throw error
        }
    }

    private func carryOut(_ request: DeliveryRequest, _ file: SharedMessage, _ frames: FrameConnection) async {
        let begin = Clock.wall
        crashPoint(.agentRequested)
        for (index, recipient) in request.recipients.enumerated() {
            var outcome = await deliver(request, index, file)
            if outcome.peer == nil { outcome.peer = .local(worker.start.serviceName) }
            crashPoint(.agentDelivered)
            let line = DeliveryLogLine(
                queueID: request.queueID,
                recipient: recipient,
                outcome: outcome,
                times: DeliveryLogLine.Times(arrival: request.envelope.arrival, begin: begin, end: Clock.wall)
            )
            worker.start.log.info("\(line)")
            frames.send(DeliveryVerdict(request: request.request, index: request.indexes[index], outcome: outcome))
            crashPoint(.agentAnswered)
        }
        frames.send(DeliveryDone(request: request.request))
    }
}
