// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import Service
internal import SystemPackage

/// The kept connections to delivery agents, by the engine's numbers.
@Loop
final class AgentConnections {
    private var connections: [Int: FrameConnection] = [:]

    /// Opens a connection to a service, and gives the engine what comes on it until it ends.
    func connect(_ transport: String, _ agent: Int, _ queue: Queue) async {
        let frames: FrameConnection
        do {
            let path = queue.worker.start.privateSocket(transport)
            let greeting: AgentGreeting
            (frames, greeting) = try await Self.greeted(path)
            connections[agent] = frames
            queue.give(.connected(agent: agent, capacity: greeting.capacity))
        } catch {
            return queue.give(.unreachable(agent: agent, "\(error)"))
        }
        await follow(frames, queue)
        frames.connection.close()
        connections[agent] = nil
        queue.give(.agentLost(agent))
    }

    /// Connects and reads the greeting.
    ///
    /// An agent that leaves just then is no failure: the next one is asked, once.
    private static func greeted(_ path: String) async throws -> (FrameConnection, AgentGreeting) {
        var isSecond = false
        while true {
            let frames = try await FrameConnection.connect(path: path, as: InternalProtocol.delivery)
            do {
                return (frames, try await frames.receive(AgentGreeting.self))
            } catch {
                frames.connection.close()
                guard !isSecond else { throw error }
                isSecond = true
            }
        }
    }

    func disconnect(_ agent: Int) {
        connections.removeValue(forKey: agent)?.connection.close()
    }

    /// Hands a delivery over, with a descriptor of the message's file.
    func deliver(_ delivery: Delivery, _ mail: QueuedMail, _ queue: Queue) {
        // The engine has it that the agent has ended, or will in a moment.
        guard let frames = connections[delivery.agent], !frames.connection.isBroken else { return }
        do throws(QueueFileError) {
            let file = try queue.directories.open(mail.id, in: mail.folder)
            frames.send(DeliveryRequest(delivery, mail), with: file)
        } catch .system(.open, .noSuchFileOrDirectory) {
            queue.give(.vanished(mail.id))
            queue.give(.unreadable(delivery: delivery.number, "its queue file is gone"))
        } catch {
            queue.log.error("\(mail.id): \(error)")
            queue.give(.unreadable(delivery: delivery.number, "queue file: \(error)"))
        }
    }

    private func follow(_ frames: FrameConnection, _ queue: Queue) async {
        while let frame = try? await frames.receive() {
            if frame.kind == DeliveryVerdict.kind, let verdict = try? frame.decode(DeliveryVerdict.self) {
                crashPoint(.qmgrVerdict)
                queue.give(
                    .verdict(delivery: verdict.request, recipient: verdict.index, verdict.outcome)
                )
            } else if let done = try? frame.decode(DeliveryDone.self) {
                queue.give(.finished(delivery: done.request))
            } else {
                break
            }
        }
    }
}

extension DeliveryRequest {
    fileprivate init(_ delivery: Delivery, _ mail: QueuedMail) {
        let recipients = delivery.recipients.compactMap { mail[recipient: $0] }
        self.init(
            request: delivery.number,
            queueID: mail.id.text,
            transport: delivery.transport,
            nextHop: delivery.nextHop,
            envelope: mail.envelope(for: recipients),
            indexes: recipients.map(\.index),
            content: mail.content
        )
    }
}
