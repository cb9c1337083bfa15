// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import MailQueue
import POSIX
import Testing
import TestSupport

/// mailctl, run as people run it, with an instance of its own.
@Suite(.timeLimit(.minutes(20)))
struct InstanceCommandTests {
    private struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    private func mailctl(_ instance: TestInstance, _ arguments: String...) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Surroundings.product("mailctl"))
        process.arguments = ["-c", "\(instance.folder)/etc"] + arguments
        let output = "\(instance.folder)/out", errors = "\(instance.folder)/err"
        for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
        // Into files: master must not hold a pipe that somebody reads to its end.
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
    }

    @Test func `start, status, reload and stop`() throws {
        let instance = try TestInstance(
            services: "127.0.0.1:PORT inet n - n - 5 echo-worker\nnone unix n - n - 1 nothere\n"
        )
        let before = try mailctl(instance, "status")
        #expect(before.status == 3 && before.errors.contains("relais is not running"))
        #expect(before.errors.contains("mailctl -c \(instance.folder)/etc start"))

        let start = try mailctl(instance, "start")
        #expect(start.status == 0, "\(start.errors)")
        #expect(start.output.contains("echo-worker listens on 127.0.0.1:\(instance.port)"))
        defer { _ = try? mailctl(instance, "stop") }
        let again = try mailctl(instance, "start")
        #expect(again.status == 1 && again.errors.contains("already running"))

        #expect(try RawClient(port: instance.port).ask("hello") == "hello")
        let status = try mailctl(instance, "status")
        #expect(status.status == 0 && status.output.contains("ready"))
        let json = try mailctl(instance, "status", "--json").output
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(object?["config_directory"] as? String == "\(instance.folder)/etc")

        let reload = try mailctl(instance, "reload")
        #expect(reload.status == 0 && reload.errors.contains("master.cf:2: warning: none: there is no"))
        try instance.append("message_size_limit = 5M", to: "main.cf")
        let broken = try mailctl(instance, "reload")
        #expect(broken.status == 1 && broken.errors.contains("error: message_size_limit"))
        #expect(broken.errors.contains("goes on with the old one"))

        let stop = try mailctl(instance, "stop")
        #expect(stop.status == 0 && stop.output == "relais has stopped.\n")
        #expect(throws: (any Error).self) { try RawClient(port: instance.port) }
        #expect(try mailctl(instance, "stop").errors.contains("nothing to stop"))
    }

    @Test func `start -f stays, logs to standard error, and ends with SIGTERM`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        let errors = "\(instance.folder)/err"
        try Data().write(to: URL(fileURLWithPath: errors))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Surroundings.product("mailctl"))
        process.arguments = ["start", "-f", "-c", "\(instance.folder)/etc"]
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        try instance.eventually("it says so") {
            try String(contentsOfFile: errors, encoding: .utf8).contains("daemon started")
        }
        #expect(try RawClient(path: instance.socket("public/echo")).ask("hello") == "hello")
        #expect(try instance.status()["pid"] as? Int == Int(process.processIdentifier))
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func `A start that fails says why, and leaves nothing behind`() throws {
        let instance = try TestInstance(services: "127.0.0.1:PORT inet n - n - 5 echo-worker\n")
        let busy = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: instance.port))
        let start = try mailctl(instance, "start")
        #expect(start.status == 1)
        #expect(start.errors.contains("master.cf:1: error: cannot listen on 127.0.0.1:\(instance.port)"))
        #expect(!FileManager.default.fileExists(atPath: instance.socket("control")))
        _ = consume busy
    }

    @Test func `check tells everything, with its exit status`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        let good = try mailctl(instance, "check")
        #expect(good.status == 0 && good.output.contains("can be used: 2 services"))
        try instance.append(
            """
            smtpd_tls_cert_file = \(instance.folder)/nocert
            virtual_alias_maps = hash:\(instance.folder)/notable
            mynetwroks = 127.0.0.1
            message_size_limit = x
            """,
            to: "main.cf"
        )
        let bad = try mailctl(instance, "check")
        #expect(bad.status == 1)
        for text in ["nocert: No such file", "notable", "did you mean \"mynetworks\"", "message_size_limit: \"x\""] {
            #expect(bad.output.contains(text), "\(text) is not in \(bad.output)")
        }
    }

    @Test func `config shows and changes main_cf`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        #expect(try mailctl(instance, "config", "max_idle").output == "max_idle = 100s\n")
        #expect(try mailctl(instance, "config", "-e", "max_idle=7s", "mynetworks = 127.0.0.0/8").status == 0)
        #expect(
            try mailctl(instance, "config", "-n", "max_idle", "mynetworks").output
                == "max_idle = 7s\nmynetworks = 127.0.0.0/8\n"
        )
        #expect(try mailctl(instance, "config", "-d", "max_idle").output == "max_idle = 100s\n")
        let bad = try mailctl(instance, "config", "-e", "max_idle=soon")
        #expect(bad.status == 1 && bad.errors.contains("is not a time"))
        #expect(try mailctl(instance, "config", "-H", "max_idle").output == "7s\n")
        #expect(try mailctl(instance, "config", "-X", "max_idle").status == 0)
        #expect(try mailctl(instance, "config", "max_idle").output == "max_idle = 100s\n")
        let unknown = try mailctl(instance, "config", "mynetwork")
        #expect(unknown.status == 1 && unknown.errors.contains("did you mean mynetworks?"))
    }

    @Test func `map builds a table and asks it`() throws {
        let instance = try TestInstance(services: "echo unix n - n - 1 echo-worker\n")
        let source = "\(instance.folder)/table"
        try "alice bob\ncarol dave\n".write(toFile: source, atomically: true, encoding: .utf8)
        #expect(try mailctl(instance, "map", source).output == "\(source).lmdb: 2 entries\n")
        #expect(try mailctl(instance, "map", "-q", "carol", "hash:\(source)").output == "dave\n")
        #expect(try mailctl(instance, "map", "-q", "eve", source).status == 1)
        #expect(try mailctl(instance, "map", "cidr:\(source)").errors.contains("is not built"))
    }

    @Test func `The queue is listed, shown and ordered, with and without an instance`() throws {
        let instance = try TestInstance(
            services: "qmgr unix n - n 300 1 qmgr\n",
            settings: "default_transport = nowhere:\nvirtual_transport = nowhere:\nlocal_transport = nowhere:\n"
        )
        let id = try queueMessage(instance)
        let files = try mailctl(instance, "queue")
        #expect(files.status == 0 && files.errors.contains("relais is not running"))
        #expect(files.output.contains("\(id)  incoming") && files.output.contains("rcpt@example.test"))
        #expect(try mailctl(instance, "queue", "flush").status == 3)

        #expect(try mailctl(instance, "start").status == 0)
        defer { _ = try? mailctl(instance, "stop") }
        try instance.eventually("it is deferred") {
            try mailctl(instance, "queue", "list", "--json").output.contains(#""queue_name":"deferred""#)
        }
        let shown = try mailctl(instance, "queue", "show", id)
        #expect(shown.output.contains("sender@example.test") && shown.output.hasSuffix("Subject: test\n\nbody\n"))
        #expect(try mailctl(instance, "queue", "show", "-b", id).output == "body\n")
        #expect(try mailctl(instance, "queue", "hold", id).output == "1 message put on hold.\n")
        #expect(try mailctl(instance, "queue").output.contains("\(id)  hold"))
        #expect(try mailctl(instance, "queue", "release", "ALL").output == "1 message released.\n")
        try instance.eventually("it is deferred again") {
            try mailctl(instance, "queue", "--json").output.contains(#""queue_name":"deferred""#)
        }
        #expect(try mailctl(instance, "queue", "requeue", id).status == 0)
        let unknown = try mailctl(instance, "queue", "delete", "nonsense")
        #expect(unknown.status == 1 && unknown.errors.contains("nonsense: there is no such message"))
        try instance.eventually("it is gone") {
            _ = try mailctl(instance, "queue", "delete", id)
            return try mailctl(instance, "queue").output == "The queue is empty.\n"
        }
    }

    /// Puts a message into `incoming`, as cleanup does.
    private func queueMessage(_ instance: TestInstance) throws -> String {
        let isRoot = getuid() == 0
        let nobody = isRoot ? try Identity.named("nobody") : nil
        try QueueDirectories.prepare(instance.socket(""), owner: nobody?.uid, group: nobody?.gid)
        let directories = try QueueDirectories(opening: instance.socket(""))
        let writer = QueueFileWriter(in: directories, ids: QueueIDSource())
        writer.append(Array("Subject: test\n\nbody\n".utf8))
        var envelope = Envelope()
        envelope.sender = "sender@example.test"
        envelope.arrival = Clock.wall
        envelope.recipients = [Recipient(address: "rcpt@example.test")]
        let committed = try writer.commit(envelope)
        if let nobody {
            try setAccess(
                instance.socket("incoming/\(committed.folder.path(of: committed.id))"),
                owner: nobody.uid,
                group: nobody.gid
            )
        }
        return committed.id.text
    }
}
