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

/// The shape of all delivery agents: takes requests from qmgr, reports and logs the outcome of each recipient.
@Loop
package final class DeliveryAgent {
    /// Reports what became of a recipient, by its position in the request, as soon as that is known.
    ///
    /// Outcomes come in any order. The first one of a recipient counts; a recipient without one is deferred by qmgr. An
    /// outcome without a peer gets the name of this service.
    package typealias Report = @Loop (Int, Outcome) -> Void
    /// Delivers to the recipients of a request; whoever is not reported when it returns is not delivered to.
    package typealias Deliver = @Loop @Sendable (DeliveryRequest, SharedMessage, Report) async -> Void
    /// Delivers to one recipient; the number is its position in the request.
    package typealias DeliverToOne = @Loop @Sendable (DeliveryRequest, Int, SharedMessage) async -> Outcome

    /// Deliveries at once on one connection: beyond them qmgr opens another one, which another process takes.
    package nonisolated static let capacity = 100

    private let worker: Worker
    private let capacity: Int
    private let deliver: Deliver

    /// Serves qmgr's requests with `deliver`, which takes `capacity` of them at once.
    package static func serve(_ worker: Worker, capacity: Int = capacity, _ deliver: @escaping Deliver) {
        let agent = DeliveryAgent(worker, capacity, deliver)
        worker.clientLimit = capacity
        worker.serveRequests(as: InternalProtocol.delivery) { frames, _ in try await agent.converse(frames) }
    }

    /// A delivery of whole requests that delivers to one recipient after the other.
    package static func oneByOne(_ deliver: @escaping DeliverToOne) -> Deliver {
        { request, file, report in
            for index in request.recipients.indices { report(index, await deliver(request, index, file)) }
        }
    }

    private init(_ worker: Worker, _ capacity: Int, _ deliver: @escaping Deliver) {
        self.worker = worker
        self.capacity = capacity
        self.deliver = deliver
    }

    private func converse(_ frames: FrameConnection) async throws {
        frames.send(AgentGreeting(capacity: capacity))
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
        let reports = DeliveryReports(request, frames, worker.start)
        crashPoint(.agentRequested)
        await deliver(request, file) { index, outcome in reports.report(index, outcome) }
        frames.send(DeliveryDone(request: request.request))
    }
}

/// Logs and sends the outcomes of one request.
@Loop
private final class DeliveryReports {
    private let request: DeliveryRequest
    private let frames: FrameConnection
    private let start: StartUp
    private let begin = Clock.wall
    private var isReported: [Bool]

    init(_ request: DeliveryRequest, _ frames: FrameConnection, _ start: StartUp) {
        self.request = request
        self.frames = frames
        self.start = start
        isReported = Array(repeating: false, count: request.recipients.count)
    }

    func report(_ index: Int, _ outcome: Outcome) {
        guard isReported.indices.contains(index), !isReported[index] else { return }
        isReported[index] = true
        var outcome = outcome
        if outcome.peer == nil { outcome.peer = .local(start.serviceName) }
        crashPoint(.agentDelivered)
        let line = DeliveryLogLine(
            queueID: request.queueID,
            recipient: request.recipients[index],
            outcome: outcome,
            times: DeliveryLogLine.Times(arrival: request.envelope.arrival, begin: begin, end: Clock.wall)
        )
        start.log.info("\(line)")
        frames.send(DeliveryVerdict(request: request.request, index: request.indexes[index], outcome: outcome))
        crashPoint(.agentAnswered)
    }
}
