// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import POSIX
import SystemPackage
import TestSupport
import Testing

@Suite struct ListenerTests {
    /// Serves lines back on a free port, and tells how many connections there were.
    @Loop
    private final class EchoServer {
        private(set) var accepted = 0
        private(set) var open = 0
        private var listener: Listener?
        let port: UInt16

        init() throws {
            let socket = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0))
            port = try socket.localAddress().port
            listener = Listener(socket) { [weak self] descriptor, _ in
                guard let connection = try? Connection(descriptor) else { return }
                self?.serve(connection)
            }
            listener?.resume()
        }

        func pause() { listener?.pause() }
        func resume() { listener?.resume() }

        private func serve(_ connection: Connection) {
            accepted += 1
            open += 1
            Loop.spawn {
                while let line = try? await connection.readLine(limit: 1000) { connection.post(line + [10]) }
                connection.close()
                self.open -= 1
            }
        }
    }

    @Test func `A thousand connections at once are all answered, and none is left at the end`() async throws {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_max, 4096)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let count = Int(min(1000, limit.rlim_cur / 2 - 20))
            try await onLoop {
                let server = try EchoServer()
                var clients: [Connection] = []
                for _ in 0..<count {
                    clients.append(
                        try Connection(try Descriptor.connect(to: .ipv4([127, 0, 0, 1], port: server.port)))
                    )
                }
                for round in 0..<3 {
                    for (index, client) in clients.enumerated() { client.post("\(index) \(round)\n") }
                    for (index, client) in clients.enumerated() {
                        let line = try await client.readLine(limit: 100)
                        precondition(line == Array("\(index) \(round)".utf8))
                    }
                }
                precondition(server.accepted == count && server.open == count)
                for client in clients { client.close() }
                while server.open > 0 { await Loop.sleep(nanoseconds: .milliseconds(1)) }
            }
        }
    }

    @Test func `Without a free descriptor the listener waits, and serves all once there are some again`() async throws {
        await #expect(processExitsWith: .success) {
            try await onLoop {
                let server = try EchoServer()
                var clients: [Connection] = []
                for _ in 0..<60 {
                    clients.append(
                        try Connection(try Descriptor.connect(to: .ipv4([127, 0, 0, 1], port: server.port)))
                    )
                }
                // From now on not even half of them can be accepted.
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let used = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
                limit.rlim_cur = rlim_t(used + 20)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                while server.accepted == 0 { await Loop.yield() }
                precondition(server.accepted < 60)
                // Each that goes makes room for another one that waits.
                for (index, client) in clients.enumerated() {
                    client.post("\(index)\n")
                    let line = try await client.readLine(limit: 100)
                    precondition(line == Array("\(index)".utf8))
                    client.close()
                }
                precondition(server.accepted == 60)
            }
        }
    }

    @Test func `A paused listener takes nobody; who came meanwhile is served when it resumes`() async throws {
        try await onLoop {
            let server = try EchoServer()
            server.pause()
            let client = try Connection(try Descriptor.connect(to: .ipv4([127, 0, 0, 1], port: server.port)))
            client.post("hello\n")
            await Loop.sleep(nanoseconds: .milliseconds(20))
            #expect(server.accepted == 0)
            server.resume()
            #expect(try await client.readLine(limit: 100) == Array("hello".utf8))
            client.close()
        }
    }

    @Test func `A daemon's process stays at one thread, through many connections`() async throws {
        let folder = TemporaryFolder()
        try folder.write(
            "etc/main.cf",
            "mail_owner = nobody\nmaillog_file = \(folder["log"])\nqueue_directory = \(folder.path)\n"
        )
        try folder.write("log", "", mode: 0o666)
        let (pid, port) = try EchoProcess.start(folder)
        defer {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        try await blocking {
            var clients: [RawClient] = []
            for index in 0..<200 {
                let client = try RawClient(port: port)
                try client.send("line \(index)\n")
                #expect(try client.line() == "line \(index)", "\(folder.text("log"))")
                clients.append(client)
            }
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            #expect(threads.count == 1)
        }
    }
}

/// The test daemon, started without master.
enum EchoProcess {
    /// Its process number and its port; what would be master's end of the status socket stays open in this process.
    static func start(_ folder: TemporaryFolder) throws -> (Int32, UInt16) {
        let listener = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0))
        let port = try listener.localAddress().port
        let pid = try Descriptor.withSocketPair { own, theirs in
            let path = Surroundings.product("echo-worker")
            var child = ChildProcess(
                path: path,
                arguments: [path, "-n", "echo", "-c", folder["etc"], "-l", "echo"],
                environment: ["SWIFT_BACKTRACE=enable=no"]
            )
            child.descriptors = [theirs.number, listener.number]
            let pid = try child.start()
            // Its status reports go nowhere, and their end must not end it.
            _ = own.release()
            return pid
        }
        return (pid, port)
    }
}
