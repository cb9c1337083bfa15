// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import Testing

/// A master of its own in a temporary folder, which serves echo workers.
final class TestInstance {
    let folder: String
    let port: Int
    private(set) var pid: Int32 = 0
    private let binaries: String
    private let identity: Identity?

    /// Makes the folder and its configuration; `identity` runs master as somebody else.
    init(services: String, settings: String = "", identity: Identity? = nil) throws {
        // Short, for a socket's path has at most 107 bytes.
        folder = "/tmp/rm\(getpid())-\(UInt32.random(in: 0 ... .max))"
        port = try Self.freePort()
        self.identity = identity
        try FileManager.default.createDirectory(atPath: "\(folder)/etc", withIntermediateDirectories: true)
        if let identity {
            binaries = "\(folder)/bin"
            try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: true)
            for name in ["master", "echo-worker"] {
                try FileManager.default.copyItem(atPath: "\(Self.products)/\(name)", toPath: "\(binaries)/\(name)")
            }
            try setAccess(folder, owner: identity.uid, group: identity.gid)
        } else {
            binaries = Self.products
        }
        try write(
            "main.cf",
            """
            queue_directory = \(folder)/q
            data_directory = \(folder)/d
            daemon_directory = \(binaries)
            mail_owner = nobody
            setgid_group = nogroup
            mail_name = first
            maillog_file = \(folder)/log
            \(settings)
            """
        )
        try write("master.cf", services)
    }

    deinit {
        // The second one ends it, and all workers, at once; other numbers than the first's do not melt into it.
        if pid > 0, kill(pid, SIGTERM) == 0, kill(pid, SIGINT) == 0 {
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Where the executables are: beside the test bundle.
    static var products: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        for path in [argument, own] {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            if FileManager.default.fileExists(atPath: "\(folder)/echo-worker") { return folder }
        }
        return "."
    }

    func write(_ name: String, _ text: String) throws {
        let filled = text.replacingOccurrences(of: "PORT", with: "\(port)")
        try filled.write(toFile: "\(folder)/etc/\(name)", atomically: true, encoding: .utf8)
    }

    func append(_ line: String, to name: String) throws {
        let old = try String(contentsOfFile: "\(folder)/etc/\(name)", encoding: .utf8)
        try write(name, old + line + "\n")
    }

    var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }

    // MARK: Running

    /// Starts master; returns what it says when it is ready, or why it is not.
    func start() throws -> String {
        try Descriptor.withPipe { reading, writing in
            var child = ChildProcess(
                path: "\(binaries)/master",
                arguments: ["master", "-c", "\(folder)/etc", "-r"],
                environment: ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"]
            )
            child.descriptors = [writing.number]
            child.identity = identity
            pid = try child.start()
            try writing.close()
            return String(decoding: try readToEnd(reading), as: UTF8.self)
        }
    }

    /// Waits until master has ended.
    func waitForEnd() throws -> POSIX.ExitStatus {
        defer { pid = 0 }
        return try waitForChild(pid)
    }

    /// Sends an order as a line or a signal.
    func signal(_ number: Int32) { kill(pid, number) }

    /// The status that master tells those who ask in text.
    func status() throws -> [String: Any] {
        let text = try Client(path: "\(folder)/q/control").ask("status", limit: 1 << 20)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A service of the status.
    func service(_ name: String) throws -> [String: Any] {
        let services = try status()["services"] as? [[String: Any]] ?? []
        return try #require(services.first { $0["name"] as? String == name })
    }

    /// The processes of a service.
    func processes(_ name: String) throws -> [Int32] {
        (try service(name)["processes"] as? [[String: Any]] ?? []).compactMap { ($0["pid"] as? Int).map(Int32.init) }
    }

    /// Waits until something holds, ten seconds at the most.
    func eventually(_ what: String, location: SourceLocation = #_sourceLocation, _ holds: () throws -> Bool) throws {
        let limit = Date().addingTimeInterval(10)
        while Date() < limit {
            if (try? holds()) ?? false { return }
            usleep(20_000)
        }
        Issue.record("\(what): not within ten seconds; log:\n\(log)", sourceLocation: location)
    }

    func socket(_ name: String) -> String { "\(folder)/q/\(name)" }

    private static func freePort() throws -> Int {
        let socket = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0))
        return Int(try socket.localAddress().port)
    }
}

/// A blocking client of a line protocol.
final class Client {
    private let socket: Descriptor

    init(path: String) throws {
        socket = try Descriptor.connect(toPath: path)
        try prepare()
    }

    /// Connects to a port of this host.
    init(port: Int) throws {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        socket = Descriptor(owning: number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try checkCall(result)
        try prepare()
    }

    private func prepare() throws {
        try socket.setNonBlocking(false)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = Glibc.send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line; nil at the end of the stream, or after ten seconds.
    func readLine(limit: Int = 1000) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < limit, recv(socket.number, &byte, 1, 0) == 1 {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    func ask(_ line: String, limit: Int = 1000) throws -> String {
        send(line)
        return try #require(readLine(limit: limit), "no answer to \(line)")
    }
}
