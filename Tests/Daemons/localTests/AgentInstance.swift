// SPDX-License-Identifier: Apache-2.0
import DaemonDoubles
import Foundation
import InternalProtocols
import IPC
import MailEnvelope
import POSIX
import TestSupport

/// A local of its own, started as master starts it, and the test in the places of qmgr and cleanup.
final class AgentInstance {
    /// Short, for a socket's path has at most 107 bytes.
    let folder: String
    let cleanup: CleanupDouble
    private(set) var pid: Int32 = 0
    private var status: FrameSocket?

    init(
        settings: String,
        aliases: String = "",
        spoolGroup: UInt32? = nil,
        answer: MessageOutcome = MessageOutcome(queueID: "4QueueID")
    ) throws {
        folder = "/tmp/rl\(getpid())-\(UInt32.random(in: 0 ... .max))"
        for name in ["etc", "q/private", "q/public", "spool", "homes"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        chmod("\(folder)/spool", spoolGroup == nil ? 0o1777 : 0o2775)
        // Before the start: the sandbox lets deliveries take this group and no other of the system's.
        if let spoolGroup { chown("\(folder)/spool", 0, spoolGroup) }
        cleanup = try CleanupDouble(path: "\(folder)/q/public/cleanup", answer: answer)
        try """
        queue_directory = \(folder)/q
        mail_owner = nobody
        myhostname = host.example.org
        myorigin = example.org
        mydestination = example.org
        recipient_delimiter = +
        alias_maps = texthash:\(folder)/etc/aliases
        mail_spool_directory = \(folder)/spool
        maillog_file = \(folder)/log
        \(settings)
        """.write(toFile: "\(folder)/etc/main.cf", atomically: true, encoding: .utf8)
        try setAliases(aliases)
        try start()
    }

    deinit {
        if pid > 0, kill(pid, SIGKILL) == 0 { waitpid(pid, nil, 0) }
        cleanup.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }

    func setAliases(_ text: String) throws {
        try text.write(toFile: "\(folder)/etc/aliases", atomically: true, encoding: .utf8)
    }

    private func start() throws {
        let listener = try Descriptor.listen(atPath: "\(folder)/q/private/local", permissions: 0o666)
        try Descriptor.withSocketPair { ours, theirs in
            var child = ChildProcess(
                path: Surroundings.product("local"),
                arguments: ["local", "-n", "local", "-c", "\(folder)/etc", "-l", "local"],
                environment: ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"]
            )
            child.descriptors = [theirs.number, listener.number]
            pid = try child.start()
            status = FrameSocket(ours)
        }
    }

    /// Has a message delivered to the recipients; the verdicts in their order.
    func deliver(
        _ content: String,
        to recipients: [String],
        sender: String = "ann@example.com"
    ) throws -> [DeliveryVerdict] {
        let path = "\(folder)/message"
        try ("envelope" + content).write(toFile: path, atomically: true, encoding: .utf8)
        let file = try Descriptor.open(path, .read)
        let qmgr = try FrameSocket.connect(to: "\(folder)/q/private/local", as: InternalProtocol.delivery)
        guard try qmgr.receive().decode(AgentGreeting.self).capacity > 0 else { return [] }
        var envelope = Envelope()
        envelope.sender = sender
        envelope.arrival = Clock.wall
        envelope.encoding = .eightBit
        envelope.recipients = recipients.map { Recipient(address: $0) }
        guard let content = ContentRange(offset: 8, length: content.utf8.count) else { return [] }
        let request = DeliveryRequest(
            request: 7,
            queueID: "3QueueID",
            transport: "local",
            nextHop: "host.example.org",
            envelope: envelope,
            indexes: Array(recipients.indices),
            content: content
        )
        try qmgr.send(request, with: file.number)
        var verdicts: [DeliveryVerdict] = []
        while true {
            let frame = try qmgr.receive()
            guard frame.kind == DeliveryVerdict.kind else { break }
            verdicts.append(try frame.decode(DeliveryVerdict.self))
        }
        return verdicts.sorted { $0.index < $1.index }
    }

    /// The lines of /proc/PID/status.
    var process: [String: String] {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return (String(line[..<colon]), value)
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
