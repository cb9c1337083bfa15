// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The power goes while mail comes in and is read: what was acknowledged is there after the next boot.
    @Suite(.enabled(if: TestDisk.absence == nil, Comment(rawValue: TestDisk.absence ?? "")))
    struct PowerCutTests {
        /// A cut: where its images are, and what had been promised when it began.
        private struct Cut {
            let prefix: String
            let promises: PromiseLedger.Promises
        }

        /// ext4 without a journal and btrfs break promises (Documentation/QueueStates.md), and a folder may be lost so that the
        /// account itself cannot be made: they are looked at in the long rounds, until they are mended.
        private static let fileSystems = Surroundings.wantsLongRounds ? TestDisk.FileSystem.allCases : [.ext4, .xfs]

        @Test(.timeLimit(.minutes(60)), arguments: fileSystems)
        func `no promise is broken by a power cut`(_ fileSystem: TestDisk.FileSystem) async throws {
            let images = TemporaryFolder(
                "relais-images",
                kept: ProcessInfo.processInfo.environment["RELAIS_KEEP"] == "1"
            )
            let cuts = try await cut(Surroundings.wantsLongRounds ? 20 : 2, fileSystem, images)
            let last = try #require(cuts.last)
            let recovery = PowerCutRecovery(instance: try MailInstance(PowerCutLoad.setUp), fileSystem: fileSystem)
            let kinds = Surroundings.wantsLongRounds ? TestDisk.Image.allCases : [.flushed, .written]
            for image in kinds {
                var total = PowerCutRecovery.Account()
                for cut in cuts {
                    let path = "\(cut.prefix).\(image.rawValue)"
                    let account = try await recovery.account(path, for: cut.promises)
                    // Without a journal a name that moved from new/ to cur/ can be lost (the file is in lost+found), and
                    // btrfs has lost a flag: Documentation/QueueStates.md says so, and the account counts them.
                    withKnownIssue(isIntermittent: true) {
                        #expect(account.broken.isEmpty, "\(fileSystem.rawValue), \(image.rawValue)")
                    } when: {
                        fileSystem == .ext4WithoutJournal || fileSystem == .btrfs
                    }
                    total.broken += account.broken
                    total.repeated += account.repeated
                    total.corrupt += account.corrupt
                    total.unplaced += account.unplaced
                    try? FileManager.default.removeItem(atPath: path)
                }
                print(
                    """
                    accounted: power cut, \(fileSystem.rawValue), \(image.rawValue) image: \(cuts.count) cuts, at the last \
                    \(last.promises.deliveries.count) deliveries, \(last.promises.reports.count) reports and \
                    \(last.promises.changes) changes acknowledged; \(total.broken.count) promises broken, \
                    \(total.repeated) repeated, \(total.corrupt) in corrupt, \(total.unplaced) in lost+found
                    """
                )
            }
            // The load must have been one: otherwise nothing was shown.
            #expect(last.promises.deliveries.count > 10 * cuts.count)
            #expect(last.promises.changes > 10 * cuts.count)
        }

        /// Runs the load on a disk and takes its images at random moments.
        private func cut(
            _ count: Int,
            _ fileSystem: TestDisk.FileSystem,
            _ images: TemporaryFolder
        ) async throws -> [Cut] {
            let disk = try await TestDisk(fileSystem)
            let instance = try MailInstance(PowerCutLoad.setUp)
            let mounted = try await MountedDisk(disk.device, for: instance)
            var cuts: [Cut] = []
            do {
                try await instance.start()
                let ledger = PromiseLedger()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Whatever is thrown: the clients end, and with them the test.
                    defer { ledger.finish() }
                    group.addTask { try await PowerCutLoad(ledger: ledger).run(against: instance) }
                    var random = SeededGenerator(seed: 11)
                    for number in 0..<count {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 300...1200, using: &random)))
                        let cut = Cut(prefix: images["cut\(number)"], promises: ledger.promises)
                        let seed = random.next()
                        try await blocking { try disk.cutPower(cut.prefix, seed: seed) }
                        cuts.append(cut)
                    }
                    ledger.finish()
                    try await group.waitForAll()
                }
                try await instance.stop()
            } catch {
                try? await instance.stop()
                try? await mounted.unmount()
                try? await disk.remove()
                throw DeadlineError(description: "\(error)\n\(instance.logEnd)")
            }
            try await mounted.unmount()
            try await disk.remove()
            return cuts
        }
    }
}
