// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Glibc
import POSIX
import SystemPackage
import TestSupport
import Testing

/// Connecting without holding up the loop.
@Suite struct ConnectTests {
    /// The error of a connect to `address`; nil when it succeeds.
    private static func failure(_ address: SocketAddress, within limit: Int64) async throws -> ConnectionError? {
        try await onLoop {
            do {
                try await Connection.connect(to: address, within: limit).close()
                return nil
            } catch {
                return error as? ConnectionError
            }
        }
    }

    @Test(arguments: [SocketAddress.ipv4([127, 0, 0, 1], port: 0), .unix("")])
    func `A listener is reached, and both sides speak`(address: SocketAddress) async throws {
        let folder = TemporaryFolder()
        try await onLoop {
            var address = address
            let socket: Descriptor
            if case .unix = address {
                address = .unix(folder["socket"])
                socket = try Descriptor.listen(atPath: folder["socket"], permissions: 0o600)
            } else {
                socket = try Descriptor.listen(on: address)
                address = try socket.localAddress()
            }
            let listener = Listener(socket) { descriptor, _ in
                guard let connection = try? Connection(descriptor) else { return }
                Loop.spawn {
                    connection.post("hello\n")
                    await connection.finish()
                }
            }
            listener.resume()
            let connection = try await Connection.connect(to: address, within: .seconds(600))
            #expect(try await connection.readLine(limit: 100) == Array("hello".utf8))
            connection.close()
            listener.pause()
        }
    }

    @Test func `Nobody there is an error of the system`() async throws {
        let folder = TemporaryFolder()
        let port = try await onLoop { try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0)).localAddress().port }
        let refused = try await Self.failure(.ipv4([127, 0, 0, 1], port: port), within: .seconds(600))
        #expect(refused == .system(.connectionRefused))
        let missing = try await Self.failure(.unix(folder["none"]), within: .seconds(600))
        #expect(missing == .system(.noSuchFileOrDirectory))
    }

    @Test func `A host that does not answer makes it time out, and cancelling ends it sooner`() async throws {
        try await onLoop {
            // A listener without room drops what begins a connection: to a client that looks like a dead host.
            let socket = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0), backlog: 0)
            let address = try socket.localAddress()
            var filling: [Connection] = []
            var failure: ConnectionError?
            while failure == nil, filling.count < 16 {
                do throws(ConnectionError) {
                    filling.append(try await Connection.connect(to: address, within: .milliseconds(300)))
                } catch {
                    failure = error
                }
            }
            #expect(failure == .timedOut)
            let task = Loop.spawn { () async -> ConnectionError? in
                do throws(ConnectionError) {
                    _ = try await Connection.connect(to: address, within: .seconds(3600))
                    return nil
                } catch {
                    return error
                }
            }
            await Loop.yield()
            task.cancel()
            #expect(await task.value == .cancelled)
            for connection in filling { connection.close() }
            _ = socket.number
        }
    }
}
