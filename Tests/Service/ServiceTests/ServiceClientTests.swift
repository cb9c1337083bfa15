// SPDX-License-Identifier: Apache-2.0
import EventLoop
import IPC
import POSIX
import TestSupport
import Testing

@testable import Service

/// A question or an answer.
private struct Word: WireMessage, Sendable, Equatable {
    static let kind: UInt8 = 200
    var text: String

    init(_ text: String) { self.text = text }

    init(from fields: FieldReader) throws(WireError) { text = try fields.text(1) }

    func encode(into fields: inout FieldWriter) { fields.put(1, text) }
}

private let protocolOfTest = WireProtocol(name: "test", version: 1)

/// A service that does to its clients what a test wants.
@Loop
private final class FakeService {
    /// What the service does with a request.
    enum Deed: Sendable {
        case answer
        /// It ends the connection instead of an answer.
        case die
        /// It answers, and asks the client to go elsewhere.
        case answerAndSayGoodbye
        /// It answers, and ends the connection a moment later.
        case answerAndEnd
        /// It never answers.
        case hang
    }

    let address: SocketAddress
    private let folder = TemporaryFolder()
    private var listener: Listener?
    private var connections: [Connection] = []
    private(set) var accepted = 0
    private(set) var requests = 0
    /// What is done with the next requests; afterwards they are answered.
    var deeds: [Deed] = []

    init(listens: Bool = true) throws {
        address = .unix(folder["socket"])
        if listens { try listen() }
    }

    func listen() throws {
        let socket = try Descriptor.listen(atPath: folder["socket"], permissions: 0o600)
        listener = Listener(socket) { [weak self] descriptor, _ in
            guard let self, let connection = try? Connection(descriptor, carriesDescriptors: true) else { return }
            self.accepted += 1
            self.connections.append(connection)
            Loop.spawn { await self.serve(connection) }
        }
        listener?.resume()
    }

    func client(limit: Int = 64, queueLimit: Int = 1000, policy: RetryPolicy = RetryPolicy()) -> ServiceClient {
        ServiceClient(to: address, as: protocolOfTest, policy: policy, limit: limit, queueLimit: queueLimit)
    }

    private func serve(_ connection: Connection) async {
        let frames = FrameConnection(connection)
        guard (try? await frames.accept(protocolOfTest)) != nil else { return }
        while let request = try? await frames.receive(Word.self) {
            requests += 1
            let deed = deeds.isEmpty ? .answer : deeds.removeFirst()
            switch deed {
            case .hang: continue
            case .die: return connection.close()
            case .answer: frames.send(Word("re: \(request.text)"))
            case .answerAndSayGoodbye:
                frames.send(Word("re: \(request.text)"))
                frames.sendGoodbye()
            case .answerAndEnd:
                frames.send(Word("re: \(request.text)"))
                return await connection.finish()
            }
        }
        connection.close()
    }

    func close() {
        listener?.pause()
        listener = nil
        for connection in connections { connection.close() }
    }
}

@Suite(.timeLimit(.minutes(5)))
struct ServiceClientTests {
    private static let long = Int64.seconds(200)

    /// Why `text` got no answer; nil when it got one.
    @Loop
    private static func failure(
        _ client: ServiceClient,
        within limit: Int64 = long,
        isRepeatable: Bool = true
    ) async -> ServiceError? {
        do throws(ServiceError) {
            let answer: Word = try await client.ask(Word("x"), within: limit, isRepeatable: isRepeatable)
            return answer == Word("re: x") ? nil : .failed(.ended)
        } catch {
            return error
        }
    }

    @Test func `Requests one after another share a connection, those at once have one each`() async throws {
        try await onLoop {
            let service = try FakeService()
            let client = service.client()
            for number in 0..<5 {
                let answer: Word = try await client.ask(Word("\(number)"), within: Self.long)
                #expect(answer.text == "re: \(number)")
            }
            #expect(service.accepted == 1)
            let tasks = (0..<3).map { _ in Loop.spawn { await Self.failure(client) } }
            for task in tasks { #expect(await task.value == nil) }
            #expect(service.accepted == 3)
            service.close()
        }
    }

    @Test func `A service that is not there is an error, one that comes a moment later is reached`() async throws {
        try await onLoop {
            let service = try FakeService(listens: false)
            let impatient = service.client(policy: RetryPolicy(absence: 0))
            guard case .failed(.unreachable) = await Self.failure(impatient) else {
                Issue.record("it was reached")
                return
            }
            let patient = service.client(policy: RetryPolicy(absence: Self.long))
            let task = Loop.spawn { await Self.failure(patient) }
            await Loop.sleep(nanoseconds: .milliseconds(50))
            try service.listen()
            #expect(await task.value == nil)
            service.close()
        }
    }

    @Test(arguments: [FakeServiceEnd.goodbye, .ended])
    func `A kept connection that is of no use any more is replaced in silence`(end: FakeServiceEnd) async throws {
        try await onLoop {
            let service = try FakeService()
            let client = service.client()
            service.deeds = [end == .goodbye ? .answerAndSayGoodbye : .answerAndEnd]
            #expect(await Self.failure(client, isRepeatable: false) == nil)
            for _ in 0..<5 { await Loop.yield() }
            #expect(await Self.failure(client, isRepeatable: false) == nil)
            #expect(service.accepted == 2 && service.requests == 2)
            service.close()
        }
    }

    enum FakeServiceEnd: Sendable { case goodbye, ended }

    @Test func `A service that dies in the middle is asked again, but not for ever, and only what may be repeated`()
        async throws
    {
        try await onLoop {
            let service = try FakeService()
            let client = service.client()
            service.deeds = [.die, .die]
            #expect(await Self.failure(client) == nil)
            #expect(service.requests == 3)
            service.deeds = [.die, .die, .die]
            #expect(await Self.failure(client) != nil)
            #expect(service.requests == 6)
            service.deeds = [.die]
            #expect(await Self.failure(client, isRepeatable: false) != nil)
            #expect(service.requests == 7)
            #expect(await Self.failure(client) == nil)
            service.close()
        }
    }

    @Test func `A slow service costs its deadline, and the next request a connection of its own`() async throws {
        try await onLoop {
            let service = try FakeService()
            let client = service.client(limit: 1)
            service.deeds = [.hang]
            #expect(await Self.failure(client, within: .milliseconds(50)) == .deadlinePassed)
            #expect(await Self.failure(client) == nil)
            #expect(service.accepted == 2)
            service.close()
        }
    }

    @Test func `Who is cancelled stops waiting, for the answer or for a turn, and frees the place`() async throws {
        try await onLoop {
            let service = try FakeService()
            let client = service.client(limit: 1)
            service.deeds = [.hang]
            let asking = Loop.spawn { await Self.failure(client) }
            while service.requests == 0 { await Loop.yield() }
            let waiting = Loop.spawn { await Self.failure(client) }
            let next = Loop.spawn { await Self.failure(client) }
            await Loop.yield()
            waiting.cancel()
            #expect(await waiting.value == .cancelled)
            asking.cancel()
            #expect(await asking.value == .cancelled)
            #expect(await next.value == nil)
            service.close()
        }
    }

    @Test func `A full queue refuses at once, and serves those who wait in their order`() async throws {
        try await onLoop {
            let service = try FakeService()
            let client = service.client(limit: 1, queueLimit: 2)
            service.deeds = [.hang]
            let first = Loop.spawn { await Self.failure(client) }
            while service.requests == 0 { await Loop.yield() }
            let waiting = (0..<2).map { _ in Loop.spawn { await Self.failure(client) } }
            for _ in 0..<3 { await Loop.yield() }
            guard case .failed(.busy) = await Self.failure(client) else {
                Issue.record("the queue has no bound")
                return
            }
            first.cancel()
            for task in waiting { #expect(await task.value == nil) }
            service.close()
        }
    }

    @Test func `Pauses have jitter and never exceed what they grow to`() {
        var pauses: Set<Int64> = []
        for _ in 0..<100 {
            let pause = RetryPolicy.jittered(1000)
            #expect((500...1000).contains(pause))
            pauses.insert(pause)
        }
        #expect(pauses.count > 1)
        #expect(RetryPolicy.jittered(0) <= 1)
    }
}
