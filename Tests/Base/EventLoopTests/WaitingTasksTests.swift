// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

/// Tasks that wait for a connection, and how each of them ends.
@Suite struct WaitingTasksTests {
    /// How a connection comes to its end.
    enum End: CaseIterable, Sendable {
        case closed, aborted, dismissed, timedOut, peerGone
    }

    /// Starts two tasks for each kind of wait on `connection`, whose peer neither reads nor writes.
    @Loop
    private static func waiters(of connection: Connection) -> [(name: String, task: LoopTask<ConnectionError?>)] {
        var tasks: [(name: String, task: LoopTask<ConnectionError?>)] = []
        func add(_ name: String, _ body: @escaping @Loop @Sendable () async throws(ConnectionError) -> Void) {
            let task = Loop.spawn { () async -> ConnectionError? in
                do throws(ConnectionError) {
                    try await body()
                    return nil
                } catch {
                    return error
                }
            }
            tasks.append((name, task))
        }
        for number in 1...2 {
            add("reader \(number)") { () async throws(ConnectionError) in
                while try await connection.fill() { _ = connection.take() }
            }
            add("line reader \(number)") { () async throws(ConnectionError) in
                _ = try await connection.readLine(limit: 1000)
            }
            add("writer \(number)") { () async throws(ConnectionError) in try await connection.drained() }
            add("writer of all \(number)") { () async throws(ConnectionError) in
                try await connection.drained(everything: true)
            }
        }
        return tasks
    }

    @Test(arguments: End.allCases)
    func `Every continuation is resumed once a connection has ended`(end: End) async throws {
        try await onLoop {
            let (connection, peer) = try pair()
            if end == .timedOut { connection.timeout = .milliseconds(50) }
            connection.post([UInt8](repeating: 1, count: 1 << 20))
            let tasks = Self.waiters(of: connection)
            // All of them wait before it ends.
            for _ in 0..<3 { await Loop.yield() }
            switch end {
            case .closed: connection.close()
            case .aborted: connection.abort()
            case .dismissed: connection.dismiss(Array("BYE\r\n".utf8), within: .milliseconds(20))
            case .timedOut: break
            case .peerGone: peer.close()
            }
            for (name, task) in tasks {
                let error = await task.value
                switch end {
                case .closed, .aborted, .dismissed: #expect(error == .closed, "\(name)")
                case .timedOut: #expect(error == .timedOut, "\(name)")
                case .peerGone: #expect(error != nil || name.contains("reader"), "\(name)")
                }
            }
            // Whoever comes later does not wait either.
            for (name, task) in Self.waiters(of: connection) {
                let error = await task.value
                #expect(error != nil || name.contains("reader"), "\(name)")
            }
            withExtendedLifetime(peer) {}
        }
    }

    @Test func `A connection that is finished while another task waits for room ends both`() async throws {
        try await onLoop {
            let (connection, peer) = try pair()
            connection.timeout = .milliseconds(50)
            connection.post([UInt8](repeating: 1, count: 1 << 20))
            let writer = Loop.spawn { (try? await connection.drained()) != nil }
            await Loop.yield()
            let finisher = Loop.spawn { await connection.finish() }
            await finisher.value
            #expect(await writer.value == false)
            withExtendedLifetime(peer) {}
        }
    }

    @Test func `Of two tasks that wait for input each gets some`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            let tasks = (0..<2).map { _ in Loop.spawn { try? await server.readLine(limit: 100) } }
            await Loop.yield()
            client.post("one\n")
            client.flush()
            for _ in 0..<3 { await Loop.yield() }
            client.post("two\n")
            var lines: [String] = []
            for task in tasks { lines.append(String(decoding: await task.value ?? [], as: UTF8.self)) }
            #expect(lines.sorted() == ["one", "two"])
        }
    }

    @Test func `A reader's time limit holds while a writer of the same connection comes and goes`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            server.timeout = .milliseconds(200)
            let reader = Loop.spawn { () async -> ConnectionError? in
                do throws(ConnectionError) {
                    _ = try await server.fill()
                    return nil
                } catch {
                    return error
                }
            }
            await Loop.yield()
            server.post([UInt8](repeating: 1, count: 1 << 20))
            let writer = Loop.spawn { _ = try? await server.drained(everything: true) }
            let peer = Loop.spawn {
                while (try? await client.fill()) == true { _ = client.take() }
            }
            #expect(await reader.value == .timedOut)
            await writer.value
            server.close()
            await peer.value
        }
    }

    @Test func `A shorter time limit that is set later counts, though a longer one runs`() async throws {
        try await onLoop {
            let (_, server) = try pair()
            server.timeout = .seconds(3600)
            let reader = Loop.spawn { _ = try? await server.fill() }
            await Loop.yield()
            server.timeout = .milliseconds(20)
            server.post([UInt8](repeating: 1, count: 1 << 20))
            _ = try? await server.drained()
            await reader.value
        }
    }

    @Test func `A dismissed client that reads gets everything and the farewell`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            server.post("answer\r\n")
            server.dismiss(Array("BYE\r\n".utf8))
            await #expect(throws: ConnectionError.closed) { _ = try await server.fill() }
            await server.finish()
            #expect(try await client.readToEnd() == Array("answer\r\nBYE\r\n".utf8))
        }
    }
}
