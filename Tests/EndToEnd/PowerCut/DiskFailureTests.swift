// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Disks that fail with EIO, under the queue and under the mailboxes.
    @Suite(.enabled(if: TestDisk.absence == nil, Comment(rawValue: TestDisk.absence ?? "")))
    struct DiskFailureTests {
        /// A disk, what fails there, and how the file system was told to take it.
        struct Failure: Sendable, CustomTestStringConvertible {
            let fileSystem: TestDisk.FileSystem
            var options = "rw"
            var isOfFlushes = false

            var testDescription: String {
                "\(fileSystem.rawValue), \(options), every \(isOfFlushes ? "flush" : "write") fails"
            }

            func begin(on disk: TestDisk) throws { try isOfFlushes ? disk.failFlushes() : disk.failWrites() }
        }

        static let failures =
            [
                Failure(fileSystem: .ext4, options: "errors=remount-ro"),
                Failure(fileSystem: .xfs, isOfFlushes: true),
            ] + (Surroundings.wantsLongRounds ? otherFailures : [])

        private static let otherFailures = [
            Failure(fileSystem: .ext4, options: "errors=continue"),
            Failure(fileSystem: .ext4, options: "errors=remount-ro", isOfFlushes: true),
            Failure(fileSystem: .ext4WithoutJournal, options: "errors=continue"),
            Failure(fileSystem: .xfs),
            Failure(fileSystem: .btrfs),
        ]

        /// Runs `body` with an instance, parts of which lie on a disk of its own.
        private static func running(
            on fileSystem: TestDisk.FileSystem,
            _ parts: [MountedDisk.Part],
            options: String = "rw",
            _ body: (MailInstance, TestDisk, inout MountedDisk?) async throws -> Void
        ) async throws {
            let disk = try await TestDisk(fileSystem)
            let instance = try MailInstance(PowerCutLoad.setUp)
            var mounted: MountedDisk? = try await MountedDisk(
                disk.device,
                for: instance,
                parts: parts,
                options: options
            )
            do {
                try await instance.start()
                try await body(instance, disk, &mounted)
                try await instance.stop()
                try await mounted?.unmount()
            } catch {
                try? await instance.stop()
                try? await mounted?.leave()
                try? await disk.remove()
                throw DeadlineError(description: "\(error)\n\(instance.logEnd)")
            }
            try await disk.remove()
        }

        /// Sends one message; the answer to it, or to the command that was refused before.
        private static func send(_ text: String, to user: String, _ instance: MailInstance) throws -> (
            code: Int, text: String
        ) {
            let client = try RawClient(port: instance.ports.smtp)
            _ = try client.reply()
            for line in ["EHLO failure.test", "MAIL FROM:<>", "RCPT TO:<\(user)@example.test>", "DATA"] {
                let answer = try client.command(line)
                if answer.code >= 400 { return answer }
            }
            try client.send(text + ".\r\n")
            return try client.reply()
        }

        /// What senders were told.
        private final class Answers: Sendable {
            private let state = Mutex<(taken: Set<String>, refusals: [String])>(([], []))

            var taken: Set<String> { state.withLock { $0.taken } }
            var refusals: [String] { state.withLock { $0.refusals } }

            func note(_ answer: (code: Int, text: String), to name: String) {
                state.withLock {
                    if answer.code == 250 { $0.taken.insert(name) } else { $0.refusals.append(answer.text) }
                }
            }
        }

        /// Sends numbered messages until thirty were refused.
        private static func send(_ sender: Int, _ answers: Answers, _ instance: MailInstance) throws {
            var number = 0
            while answers.refusals.count < 30 {
                number += 1
                let name = "m\(sender)-\(number)"
                answers.note(try send(NumberedMessage.text(name, number: number), to: "alice", instance), to: name)
                usleep(2000)
            }
        }

        @Test(arguments: [TestDisk.FileSystem.ext4, .xfs])
        func `a message on a bad sector gets 451, its flush is not tried again, and others are taken`(
            _ fileSystem: TestDisk.FileSystem
        ) async throws {
            try await Self.running(on: fileSystem, [.queue]) { instance, disk, _ in
                try disk.failWrites(with: "UNWRITABLE")
                let refused = try await blocking {
                    try Self.send("Subject: bad\r\n\r\nUNWRITABLE\r\n", to: "alice", instance)
                }
                // A second flush would have succeeded, for the kernel forgets what it could not write.
                #expect(refused.code == 451, "\(refused.text)")
                let failures = try disk.failures()
                #expect(failures > 0)
                let taken = try await blocking { try Self.send("Subject: good\r\n\r\nx\r\n", to: "alice", instance) }
                #expect(taken.code == 250, "\(taken.text)")
                let line = instance.log.split(separator: "\n").first {
                    $0.contains("queue file flush: Input/output error")
                }
                #expect(line?.contains("cleanup[") ?? false, "\(instance.logEnd)")
                _ = try await instance.messages("alice", count: 1)
                try await instance.queueIsEmpty()

                try disk.work()
                let again = try await blocking {
                    try Self.send("Subject: bad\r\n\r\nUNWRITABLE\r\n", to: "alice", instance)
                }
                #expect(again.code == 250, "\(again.text)")
                let messages = try await instance.messages("alice", count: 2)
                try await instance.queueIsEmpty()
                #expect(instance.messages("alice").count == messages.count)
            }
        }

        @Test(.timeLimit(.minutes(30)), arguments: failures)
        func `when the queue's disk fails, senders are told to come again, and nothing acknowledged is lost`(
            _ failure: Failure
        ) async throws {
            try await Self.running(on: failure.fileSystem, [.queue], options: failure.options) {
                instance,
                disk,
                mounted in
                let answers = Answers()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sender in 0..<3 {
                        group.addTask { try await blocking { try Self.send(sender, answers, instance) } }
                    }
                    try await Task.sleep(for: .milliseconds(700))
                    try failure.begin(on: disk)
                    try await group.waitForAll()
                }
                let (taken, refusals) = (answers.taken, answers.refusals)
                #expect(taken.count > 10)
                #expect(refusals.allSatisfy { $0.hasPrefix("451 4.3.0 ") }, "\(Set(refusals))")
                let line = instance.log.split(separator: "\n").first {
                    $0.contains("cleanup[") && $0.contains("queue file ")
                }
                print(
                    "measured: \(failure.testDescription): \(taken.count) taken, then \(Set(refusals)); \(line ?? "no line")"
                )
                #expect(line != nil)

                // What an administrator does: stop, repair the disk and the file system, mount, start.
                try await instance.stop()
                try await mounted?.unmount()
                mounted = nil
                try disk.work()
                if failure.fileSystem == .ext4 || failure.fileSystem == .ext4WithoutJournal {
                    let check = try await Command.run(["e2fsck", "-fy", disk.device])
                    #expect(check.code <= 1, "\(check)")
                }
                mounted = try await MountedDisk(disk.device, for: instance, parts: [.queue])
                try await instance.start()
                try await instance.drainQueue()
                let found = instance.messages("alice").map(NumberedMessage.examine)
                #expect(found.count { !$0.isWhole } == 0)
                #expect(taken.subtracting(found.map(\.name)).isEmpty, "acknowledged and lost")
            }
        }

        // btrfs takes no second disk with the name of one that daemons still hold.
        @Test(.timeLimit(.minutes(30)), arguments: failures.filter { $0.fileSystem != .btrfs })
        func `when the mailboxes' disk fails, mail waits in the queue and is delivered when another is mounted`(
            _ failure: Failure
        ) async throws {
            try await Self.running(on: failure.fileSystem, [.mailboxes], options: failure.options) {
                instance,
                disk,
                mounted in
                let first = try await blocking {
                    try Self.send(NumberedMessage.text("m0", number: 1), to: "alice", instance)
                }
                #expect(first.code == 250, "\(first.text)")
                _ = try await instance.messages("alice", count: 1)
                // It is seen before it is flushed; in the queue until then.
                try await instance.drainQueue()
                try failure.begin(on: disk)
                // A virtual that starts now has to serve too.
                if failure.fileSystem == .xfs {
                    for (name, pid) in instance.processes where name == "virtual" { kill(pid, SIGKILL) }
                }
                let names = (1...5).map { "m\($0)" }
                for name in names {
                    let answer = try await blocking {
                        try Self.send(NumberedMessage.text(name, number: 1), to: "alice", instance)
                    }
                    #expect(answer.code == 250, "\(answer.text)")
                }
                try await waiting(until: "all are deferred\n\(instance.logEnd)") {
                    instance.queueFiles.count { $0.hasPrefix("deferred/") } == names.count
                }
                let line = instance.log.split(separator: "\n").first { $0.contains("status=deferred") }
                print("measured: mailboxes on \(failure.testDescription): \(line ?? "no line")")
                #expect(line?.contains("dsn=4.3.0") ?? false)
                let append = await #expect(throws: RawClient.Failure.self) {
                    try await blocking {
                        let client = try IMAPClient(instance, "alice", "secret-a")
                        _ = try client.append(NumberedMessage.text("m9", number: 1), to: "INBOX")
                    }
                }
                #expect(append?.description.contains(" NO ") ?? false, "\(append?.description ?? "")")

                // Another disk with what the first one holds, in its place; relais runs on.
                let images = TemporaryFolder("relais-images")
                try disk.cutPower(images["other"], seed: 1)
                try await mounted?.leave()
                mounted = nil
                if failure.fileSystem != .xfs {
                    let check = try await Command.run(["e2fsck", "-fy", images["other.written"]])
                    #expect(check.code <= 1, "\(check)")
                }
                mounted = try await MountedDisk(
                    images["other.written"],
                    for: instance,
                    parts: [.mailboxes],
                    // The old one, which has the same name, is still held by those who have files there open.
                    options: failure.fileSystem == .xfs ? "nouuid" : "rw"
                )
                try await instance.queueIsEmpty()
                let found = instance.messages("alice").map(NumberedMessage.examine)
                #expect(found.count { !$0.isWhole } == 0)
                #expect(Set(found.map(\.name)).isSuperset(of: names))
            }
        }
    }
}
