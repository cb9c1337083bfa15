// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import Synchronization

/// A whole relais in a temporary folder on free loopback ports, from the executables that were built along with the tests.
package final class MailInstance: Sendable {
    package let ports = InstancePorts()
    package let folder: TemporaryFolder
    /// Whose the virtual mailboxes are: never root.
    package let owner: UInt32
    private let process = Mutex<Int32>(0)

    /// Writes the configuration; `change` adds to what all instances have.
    ///
    /// - Throws: What keeps the files from being written.
    package init(_ change: (inout InstanceSetup, TemporaryFolder) -> Void = { _, _ in }) throws {
        folder = TemporaryFolder("relais", kept: ProcessInfo.processInfo.environment["RELAIS_KEEP"] == "1")
        owner = Surroundings.isRoot ? 61_000 : geteuid()
        var setup = InstanceSetup()
        change(&setup, folder)
        try InstanceFiles(setup: setup, folder: folder, ports: ports, owner: owner).write()
        try folder.write("tls/key.pem", "", mode: 0o600)
        let certificate = try Command.runHere([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", folder["tls/key.pem"], "-out", folder["tls/cert.pem"],
        ])
        guard certificate.isSuccess else { throw DeadlineError(description: "openssl: \(certificate)") }
    }

    deinit {
        let pid = process.withLock { $0 }
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    // MARK: Life

    /// master's process number.
    package var pid: Int32 { process.withLock { $0 } }

    /// Starts master in the foreground and waits until it serves.
    ///
    /// - Throws: When it ends or is not ready in time, with the end of its log.
    package func start() async throws {
        let program = Surroundings.product("master")
        var child = ChildProcess(
            path: program,
            arguments: [program, "-c", folder["etc"], "-f"],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE=enable=no"]
        )
        let errors = open(folder["stderr"], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { close(errors) }
        child.standard = (nil, errors, errors)
        let started = try child.start()
        process.withLock { $0 = started }
        let before = startCount
        try await waiting(until: "relais serves\n\(logEnd)") {
            var status: Int32 = 0
            if waitpid(started, &status, WNOHANG) == started {
                process.withLock { $0 = 0 }
                throw DeadlineError(description: "master has ended at its start:\n\(logEnd)")
            }
            return startCount > before
        }
    }

    private var startCount: Int { folder.text("stderr").components(separatedBy: "daemon started").count }

    /// Stops it as an administrator does, and waits for its end.
    ///
    /// - Throws: When it does not end in time.
    package func stop() async throws {
        let pid = pid
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        try await waiting(until: "master ends\n\(logEnd)") {
            var status: Int32 = 0
            return waitpid(pid, &status, WNOHANG) == pid
        }
        process.withLock { $0 = 0 }
    }

    /// Runs `body` with a running instance and stops it afterwards; an error comes with the end of the log.
    ///
    /// - Throws: What `body` throws.
    package static func running(
        _ change: (inout InstanceSetup, TemporaryFolder) -> Void = { _, _ in },
        _ body: (MailInstance) async throws -> Void
    ) async throws {
        let instance = try MailInstance(change)
        try await instance.start()
        do {
            try await body(instance)
        } catch {
            try? await instance.stop()
            throw DeadlineError(description: "\(error)\n\(instance.logEnd)")
        }
        try await instance.stop()
    }

    func takeProcess() -> Int32 {
        process.withLock { number in
            defer { number = 0 }
            return number
        }
    }

    // MARK: Looking

    /// The whole log.
    package var log: String { folder.text("log") }

    /// The end of the log and of what was written to standard error.
    package var logEnd: String { "\(folder.text("stderr").suffix(1500))\n\(log.suffix(4000))" }

    /// Runs mailctl for this instance.
    ///
    /// - Throws: When it cannot be run.
    @discardableResult
    package func mailctl(_ arguments: String...) async throws -> CommandResult {
        try await Command.run([Surroundings.product("mailctl"), "-c", folder["etc"]] + arguments)
    }

    /// The address of a user of the virtual domain.
    package func address(_ user: String) -> String { "\(user)@\(InstanceSetup.domain)" }

    /// The message files in a user's INBOX.
    package func inbox(_ user: String) -> [String] {
        ["new", "cur"].flatMap { place in
            folder.names("mail/\(user)/Maildir/\(place)").map { folder["mail/\(user)/Maildir/\(place)/\($0)"] }
        }
    }

    /// The content of the messages in a user's INBOX.
    package func messages(_ user: String) -> [[UInt8]] {
        inbox(user).compactMap { FileManager.default.contents(atPath: $0).map { [UInt8]($0) } }
    }

    /// Waits until a user's INBOX has `count` messages, and returns them.
    ///
    /// - Throws: When they do not come in time.
    package func messages(_ user: String, count: Int, seconds: Double = never) async throws -> [[UInt8]] {
        try await waiting(for: "\(count) messages of \(user), there are \(inbox(user).count)", seconds: seconds) {
            inbox(user).count >= count ? messages(user) : nil
        }
    }

    /// The queue files that are there.
    ///
    /// Folder by folder: an enumerator of Foundation may end early where files go away under it.
    package var queueFiles: [String] {
        let queued = ["hold", "deferred", "incoming"].flatMap { place in
            folder.names("spool/\(place)").flatMap { part in
                folder.names("spool/\(place)/\(part)").map { "\(place)/\(part)/\($0)" }
            }
        }
        return queued + folder.names("spool/corrupt").map { "corrupt/\($0)" }
    }

    /// Waits until the queue is empty.
    ///
    /// - Throws: When it is not in time.
    package func queueIsEmpty(seconds: Double = never) async throws {
        try await waiting(until: "the queue is empty, there are \(queueFiles)", seconds: seconds) { queueFiles.isEmpty }
    }

    /// The processes of this instance: their program's name and number, master included.
    package var processes: [(name: String, pid: Int32)] {
        let master = pid
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        return numbers.compactMap { number in
            guard let stat = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
            else { return nil }
            let fields = stat[close...].split(separator: " ")
            guard fields.count > 2, fields[1] != "Z" else { return nil }
            guard number == master || Int32(fields[2]) == master else { return nil }
            return (String(stat[stat.index(after: open)..<close]), number)
        }
    }
}

extension MailInstance {
    /// Kills master with SIGKILL and waits until its children, which notice by themselves, are gone.
    ///
    /// - Throws: When they are not in time.
    package func killMaster() async throws {
        let children = processes.map(\.pid).filter { $0 != pid }
        let number = takeProcess()
        kill(number, SIGKILL)
        var status: Int32 = 0
        waitpid(number, &status, 0)
        try await waiting(until: "the children of a killed master end\n\(logEnd)") {
            children.allSatisfy { kill($0, 0) != 0 }
        }
    }
}
