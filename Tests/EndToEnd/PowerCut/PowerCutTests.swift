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

        /// All of them; in the long rounds those that `RELAIS_FILE_SYSTEMS` names, where it is set.
        private static let fileSystems: [TestDisk.FileSystem] = {
            let names = ProcessInfo.processInfo.environment["RELAIS_FILE_SYSTEMS"]?.split(separator: ",").map(
                String.init
            )
            guard Surroundings.wantsLongRounds, let names else { return TestDisk.FileSystem.allCases }
            return names.compactMap(TestDisk.FileSystem.init(rawValue:))
        }()

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
                    #expect(account.broken.isEmpty, "\(fileSystem.rawValue), \(image.rawValue)")
                    total.broken += account.broken
                    total.repeated += account.repeated
                    total.corrupt += account.corrupt
                    total.unplaced += account.unplaced
                    total.doubled += account.doubled
                    try? FileManager.default.removeItem(atPath: path)
                }
                print(
                    """
                    accounted: power cut, \(fileSystem.rawValue), \(image.rawValue) image: \(cuts.count) cuts, at the last \
                    \(last.promises.deliveries.count) deliveries, \(last.promises.reports.count) reports and \
                    \(last.promises.changes) changes acknowledged; \(total.broken.count) promises broken, \
                    \(total.repeated) repeated, \(total.corrupt) in corrupt, \(total.unplaced) in lost+found, \(total.doubled) \
                    with two names
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
                        // What is promised before the cut counts, but for what is asked to be undone until the cut.
                        let prefix = images["cut\(number)"]
                        let promises = ledger.promises
                        let seed = random.next()
                        try await blocking { try disk.cutPower(prefix, seed: seed) }
                        cuts.append(Cut(prefix: prefix, promises: promises.excusing(ledger.promises)))
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
