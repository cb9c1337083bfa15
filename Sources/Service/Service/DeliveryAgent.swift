// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import IPC
package import InternalProtocols
internal import Logging
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

/// What became of one recipient, before it has its number.
package struct RecipientOutcome: Sendable, Equatable {
    package var outcome: DeliveryVerdict.Outcome
    /// RFC 3463 status.
    package var status: String
    /// What stands in parentheses in the log.
    package var text: String
    /// Who took it; the agent's own name unless it was another host.
    package var relay: String?

    package init(_ outcome: DeliveryVerdict.Outcome, status: String, text: String, relay: String? = nil) {
        self.outcome = outcome
        self.status = status
        self.text = text
        self.relay = relay
    }
}

/// The shape of all delivery agents: requests of qmgr in, a verdict for each recipient out, a log line for each.
@Loop
package final class DeliveryAgent {
    /// Delivers to one recipient; `index` is its position in the request.
    package typealias Deliver = @Loop @Sendable (DeliveryRequest, Int, SharedMessage) async -> RecipientOutcome

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
        for index in request.recipients.indices {
            let outcome = await deliver(request, index, file)
            crashPoint(.agentDelivered)
            let recipient = request.recipients[index]
            let relay = outcome.relay ?? worker.start.serviceName
            log(request, recipient, outcome, relay, begin)
            frames.send(
                DeliveryVerdict(
                    request: request.request,
                    index: recipient.index,
                    outcome: outcome.outcome,
                    status: outcome.status,
                    text: outcome.text,
                    relay: relay
                )
            )
            crashPoint(.agentAnswered)
        }
        frames.send(DeliveryDone(request: request.request))
    }

    /// Postfix' form: `ID: to=<…>, orig_to=<…>, relay=…, delay=…, delays=a/b/c/d, dsn=…, status=… (…)`.
    private func log(
        _ request: DeliveryRequest,
        _ recipient: DeliveryRequest.Recipient,
        _ outcome: RecipientOutcome,
        _ relay: String,
        _ begin: Int64
    ) {
        let now = Clock.wall
        let original = recipient.original == recipient.address ? "" : " orig_to=<\(recipient.original)>,"
        let word =
            switch outcome.outcome {
            case .delivered, .forwarded: "sent"
            case .deferred: "deferred"
            case .failed: "bounced"
            }
        let total = Self.seconds(now &- Int64(request.arrival))
        let queued = Self.seconds(begin &- Int64(request.arrival))
        let spent = Self.seconds(now &- begin)
        worker.start.log.info(
            "\(request.queueID): to=<\(recipient.address)>,\(original) relay=\(relay), delay=\(total), delays=\(queued)/0/0/\(spent), dsn=\(outcome.status), status=\(word) (\(outcome.text))"
        )
    }

    /// Seconds with two significant digits, as Postfix logs delays (`delay_logging_resolution_limit`).
    private static func seconds(_ nanoseconds: Int64) -> String {
        let milliseconds = max(0, nanoseconds) / 1_000_000
        if milliseconds >= 10_000 { return "\(milliseconds / 1000)" }
        if milliseconds >= 1000 { return "\(milliseconds / 1000).\(milliseconds / 100 % 10)" }
        let hundredths = milliseconds / 10
        if hundredths == 0 { return "0" }
        return hundredths % 10 == 0 ? "0.\(hundredths / 10)" : "0.\(hundredths < 10 ? "0" : "")\(hundredths)"
    }
}
