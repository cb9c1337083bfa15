// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import TestSupport
import Testing

/// master with real processes: each test has an instance of its own.
@Suite(.timeLimit(.minutes(20)))
struct MasterTests {
    private let isRoot = getuid() == 0

    @Test func `A connection starts a worker, and a second one is served by the same`() throws {
        let instance = try TestInstance(services: "127.0.0.1:PORT inet n - n - 5 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        #expect(try instance.processes("127.0.0.1:\(instance.port)").isEmpty)
        let pid = try RawClient(port: instance.port).ask("pid")
        #expect(try RawClient(port: instance.port).ask("pid") == pid)
        #expect(try instance.service("127.0.0.1:\(instance.port)")["starts"] as? Int == 1)
    }

    @Test func `Sockets lie in public and private, and their listeners have the service's name`() throws {
        let instance = try TestInstance(
            services: "open unix n - n - 1 echo-worker\nclosed unix - - n - 1 echo-worker\n"
        )
        #expect(try instance.start() == "ready\n")
        #expect(try RawClient(path: instance.socket("public/open")).ask("listener") == "open")
        #expect(try RawClient(path: instance.socket("private/closed")).ask("listener") == "closed")
        #expect(try fileStatus(instance.socket("public/open")).mode == 0o666)
        #expect(try fileStatus(instance.socket("private/closed")).mode == 0o600)
        #expect(try fileStatus(instance.socket("private")).mode == 0o711)
        #expect(try fileStatus(instance.socket("public")).mode == 0o711)
        if isRoot { #expect(try fileStatus(instance.socket("private/closed")).owner != 0) }
    }

    @Test func `An override of master.cf reaches the worker`() throws {
        let instance = try TestInstance(
            services: "echo unix n - n - 1 echo-worker\n  -o { mail_name = of the service }\n"
        )
        #expect(try instance.start() == "ready\n")
        #expect(try RawClient(path: instance.socket("public/echo")).ask("name") == "of the service")
    }

    @Test func `A worker that was killed is replaced when the next connection comes`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let first = try RawClient(path: instance.socket("public/echo")).ask("pid")
        kill(try #require(Int32(first)), SIGKILL)
        let second = try RawClient(path: instance.socket("public/echo")).ask("pid")
        #expect(second != first)
        try instance.eventually("the end is logged") { instance.log.contains("pid \(first) killed by signal 9") }
    }

    @Test func `A full worker gets another one beside it, up to maxproc`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 2 echo-worker limit=1\n")
        #expect(try instance.start() == "ready\n")
        let first = try RawClient(path: instance.socket("public/echo"))
        let second = try RawClient(path: instance.socket("public/echo"))
        let pids = Set([try first.ask("pid"), try second.ask("pid")])
        #expect(pids.count == 2)
        // The third waits until one of them has room.
        let third = try RawClient(path: instance.socket("public/echo"))
        try third.send("pid\n")
        #expect(try instance.processes("echo").count == 2)
        _ = consume first
        #expect(pids.contains(try #require(try third.line())))
        try instance.eventually("the limit is logged") { instance.log.contains("has reached its process limit \"2\"") }
    }

    @Test func `A worker that dies when it starts is throttled, and the others go on`() throws {
        let instance = try TestInstance(
            services: "bad unix n - n - 1 echo-worker die\ngood unix n - n - 1 echo-worker\n"
        )
        #expect(try instance.start() == "ready\n")
        let waiting = try RawClient(path: instance.socket("public/bad"))
        try instance.eventually("two attempts") { try instance.service("bad")["crashes"] as? Int == 2 }
        #expect(try instance.service("bad")["throttled_seconds"] as? Int ?? 0 > 0)
        #expect(instance.log.contains("throttling for 1 s") && instance.log.contains("throttling for 2 s"))
        #expect(try RawClient(path: instance.socket("public/good")).ask("hello") == "hello")
        _ = consume waiting
    }

    @Test func `A crash is logged with its signal, and the service is paused after it`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let client = try RawClient(path: instance.socket("public/echo"))
        let pid = try client.ask("pid")
        try client.send("crash\n")
        try instance.eventually("the crash is logged") { instance.log.contains("pid \(pid) killed by signal 6") }
        // The next one waits for the pause, and is served.
        #expect(try RawClient(path: instance.socket("public/echo")).ask("pid") != pid)
    }

    @Test func `A worker without work leaves after max_idle`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n", settings: "max_idle = 1s\n")
        #expect(try instance.start() == "ready\n")
        let pid = try RawClient(path: instance.socket("public/echo")).ask("pid")
        try instance.eventually("it is gone") { try instance.processes("echo").isEmpty }
        #expect(try instance.service("echo")["crashes"] as? Int == 0)
        #expect(try RawClient(path: instance.socket("public/echo")).ask("pid") != pid)
    }

    @Test func `A service with a wake-up is started at once and woken up in time`() throws {
        let instance = try TestInstance(services: "due unix n - n 1 1 echo-worker\nlazy unix n - n 1? 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        try instance.eventually("it runs") { try instance.processes("due").count == 1 }
        try instance.eventually("it was woken up twice") {
            Int(try RawClient(path: instance.socket("public/due")).ask("woken")) ?? 0 >= 2
        }
        #expect(try instance.processes("lazy").isEmpty)
    }

    @Test func `What is written into a named pipe wakes its service up`() throws {
        let instance = try TestInstance(services: "pipe fifo n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let pipe = try Descriptor.open(instance.socket("public/pipe"), .append)
        try pipe.append([UInt8(ascii: "W")])
        try instance.eventually("it runs") { try instance.processes("pipe").count == 1 }
    }

    @Test func `Everything that is wrong is told at once, and then there is no instance`() throws {
        let instance = try TestInstance(
            services: "127.0.0.1:PORT inet n - n - 1 echo-worker\nbroken inet y y y y y\n",
            settings: "message_size_limit = 5M\n"
        )
        let busy = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: instance.port))
        let told = try instance.start()
        #expect(told.contains("main.cf:8: error: message_size_limit"))
        #expect(told.contains("master.cf:2: error"))
        #expect(try instance.waitForEnd() == .exited(1))
        // Listeners are bound only when the files are right.
        try instance.write("master.cf", "127.0.0.1:PORT inet n - n - 1 echo-worker\n")
        try instance.write(
            "main.cf",
            try String(contentsOfFile: "\(instance.folder)/etc/main.cf", encoding: .utf8)
                .replacingOccurrences(of: "5M", with: "5000000")
        )
        let second = try instance.start()
        #expect(second.contains("master.cf:1: error: cannot listen on 127.0.0.1:\(instance.port)"))
        #expect(try instance.waitForEnd() == .exited(1))
        _ = consume busy
    }

    @Test func `A second instance on the same queue is refused`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let first = instance.pid
        #expect(try instance.start().contains("already running (master's pid is \(first))"))
        kill(first, SIGTERM)
        #expect(try waitForChild(first) == .exited(0))
    }

    @Test func `Without root the same tree runs, as its user`() throws {
        let nobody = try Identity.named("nobody")
        guard isRoot, let nobody else { return }  // Without root all the other tests show it.
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n", identity: nobody)
        #expect(try instance.start() == "ready\n")
        #expect(try RawClient(path: instance.socket("public/echo")).ask("hello") == "hello")
        #expect(try fileStatus("/proc/\(instance.pid)").owner == nobody.uid)
        instance.signal(SIGTERM)
        #expect(try instance.waitForEnd() == .exited(0))
    }
}
