// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import TestSupport
import Testing

/// Reload, stop, and a master that is killed.
@Suite(.timeLimit(.minutes(20)))
struct ReloadAndStopTests {
    @Test func `A reload takes the new configuration over, and no connection is refused meanwhile`() throws {
        let instance = try TestInstance(services: "127.0.0.1:PORT inet n - n - 5 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        #expect(try RawClient(port: instance.port).ask("name") == "first")
        try instance.append("mail_name = second", to: "main.cf")
        // Refused would throw; cut off would be no answer.
        var names: [String] = []
        for reload in 1...5 {
            instance.signal(SIGHUP)
            let limit = Date().addingTimeInterval(never)
            while instance.log.components(separatedBy: "reload -- ").count <= reload, Date() < limit {
                names.append(try RawClient(port: instance.port).ask("name"))
            }
        }
        for _ in 0..<20 { names.append(try RawClient(port: instance.port).ask("name")) }
        #expect(names.first == "first" && names.last == "second")
        // Once the new configuration serves, the old one does not come back.
        #expect(names.drop { $0 == "first" }.allSatisfy { $0 == "second" })
        #expect(try instance.status()["reloads"] as? Int == 5)
    }

    @Test func `A session that is under way outlives a reload`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\nother unix n - n - - echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let old = try RawClient(path: instance.socket("public/other"))
        let pid = try old.ask("pid")
        instance.signal(SIGHUP)
        try instance.eventually("reloaded") { try instance.status()["reloads"] as? Int == 1 }
        // The order is on its way: until it has come the old process may accept once more.
        try instance.eventually("another process accepts") {
            try RawClient(path: instance.socket("public/other")).ask("pid") != pid
        }
        #expect(try old.ask("pid") == pid)
    }

    @Test func `The only process of a service leaves before its successor starts`() throws {
        let instance = try TestInstance(services: "echo unix n - n 300 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let old = try RawClient(path: instance.socket("public/echo"))
        let pid = try old.ask("pid")
        instance.signal(SIGHUP)
        try instance.eventually("reloaded") { try instance.status()["reloads"] as? Int == 1 }
        #expect(try instance.processes("echo").map(String.init) == [pid])
        _ = consume old
        // It has work that does not come over its socket, so it is started without a connection.
        try instance.eventually("the successor") {
            let now = try instance.processes("echo").map(String.init)
            return now.count == 1 && now != [pid]
        }
    }

    @Test func `A broken configuration changes nothing`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let pid = try RawClient(path: instance.socket("public/echo")).ask("pid")
        try instance.append("message_size_limit = 5M", to: "main.cf")
        instance.signal(SIGHUP)
        try instance.eventually("it is refused") { instance.log.contains("reload refused") }
        #expect(try RawClient(path: instance.socket("public/echo")).ask("pid") == pid)
        #expect(try instance.status()["reloads"] as? Int == 0)
    }

    @Test func `A listener that cannot be bound makes a reload change nothing`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let busy = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: instance.port))
        try instance.append(
            "added unix n - n - 1 echo-worker\n127.0.0.1:PORT inet n - n - 1 echo-worker",
            to: "master.cf"
        )
        instance.signal(SIGHUP)
        try instance.eventually("it is refused") { instance.log.contains("reload refused") }
        #expect(!FileManager.default.fileExists(atPath: instance.socket("public/added")))
        #expect(try RawClient(path: instance.socket("public/echo")).ask("hello") == "hello")
        _ = consume busy
    }

    @Test func `Services come and go with a reload`() throws {
        let instance = try TestInstance(services: "old unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let client = try RawClient(path: instance.socket("public/old"))
        #expect(try client.ask("hello") == "hello")
        try instance.write("master.cf", "new unix n - n - 1 echo-worker\n")
        instance.signal(SIGHUP)
        try instance.eventually("the new one answers") {
            try RawClient(path: instance.socket("public/new")).ask("listener") == "new"
        }
        #expect(!FileManager.default.fileExists(atPath: instance.socket("public/old")))
        #expect(try client.ask("still") == "still")
    }

    @Test func `Stop ends all processes and takes pid file and sockets away`() throws {
        let instance = try TestInstance(
            services: "127.0.0.1:PORT inet n - n - 1 echo-worker\necho unix n - n 300 1 echo-worker\n"
        )
        #expect(try instance.start() == "ready\n")
        let pids = [
            try RawClient(port: instance.port).ask("pid"),
            try RawClient(path: instance.socket("public/echo")).ask("pid"),
        ]
        #expect(FileManager.default.fileExists(atPath: instance.socket("pid/master.pid")))
        instance.signal(SIGTERM)
        #expect(try instance.waitForEnd() == .exited(0))
        for pid in pids { #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)")) }
        for name in ["pid/master.pid", "control", "public/echo"] {
            #expect(!FileManager.default.fileExists(atPath: instance.socket(name)), "\(name) is left")
        }
    }

    @Test func `A second SIGTERM ends what would not end by itself`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let client = try RawClient(path: instance.socket("public/echo"))
        let pid = try client.ask("pid")
        instance.signal(SIGTERM)
        try instance.eventually("it is stopping") { instance.log.contains("terminating on signal 15") }
        instance.signal(SIGTERM)
        #expect(try instance.waitForEnd() == .exited(0))
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
    }

    @Test func `When master is killed its workers leave, and another master starts at once`() throws {
        let instance = try TestInstance(services: "127.0.0.1:PORT inet n - n - 1 echo-worker\n")
        #expect(try instance.start() == "ready\n")
        let session = try RawClient(port: instance.port)
        let pid = try session.ask("pid")
        instance.signal(SIGKILL)
        #expect(try instance.waitForEnd() == .signalled(SIGKILL))
        #expect(try instance.start() == "ready\n")
        #expect(try RawClient(port: instance.port).ask("pid") != pid)
        // The old session goes on, and its process leaves with it.
        #expect(try session.ask("pid") == pid)
        _ = consume session
        try instance.eventually("the old worker is gone") { !FileManager.default.fileExists(atPath: "/proc/\(pid)") }
    }

    @Test func `systemd is told of start, reload and stop`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        let path = "\(instance.folder)/notify"
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        let listening = Descriptor(owning: number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try checkCall(result)
        func hear() -> String {
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var room = [UInt8](repeating: 0, count: 500)
            let count = recv(number, &room, room.count, 0)
            return String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(try instance.start(environment: ["NOTIFY_SOCKET=\(path)"]) == "ready\n")
        #expect(hear().hasPrefix("READY=1"))
        instance.signal(SIGHUP)
        #expect(hear().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(hear() == "READY=1")
        instance.signal(SIGTERM)
        #expect(hear() == "STOPPING=1")
        #expect(try instance.waitForEnd() == .exited(0))
        _ = consume listening
    }
}
