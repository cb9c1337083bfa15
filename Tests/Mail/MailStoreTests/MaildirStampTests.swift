// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import MailStore

@Suite("When a Maildir has to be read again")
struct MaildirStampTests {
    private static let millisecond: Int64 = 1_000_000
    private static let second: Int64 = 1_000_000_000

    @Test(arguments: [
        (1_500_000_001, 30 * millisecond, true), (1_500_000_001, 15 * millisecond, false),
        (1_500_000_001, -second, false), (second, 30 * millisecond, false), (second, 3 * second, true),
    ])
    func `A directory that changed just now is read again, whole seconds being two`(
        changed: Int64,
        age: Int64,
        holds: Bool
    ) {
        func stamp(_ taken: Int64, new: Int64 = 1, cur: Int64) -> MaildirStamp {
            MaildirStamp(new: new, cur: cur, taken: taken, doubt: 20 * Self.millisecond)
        }
        let before = stamp(changed + age, cur: changed)
        #expect(before.holds(at: stamp(changed + 10 * Self.second, cur: changed)) == holds)
        #expect(!before.holds(at: stamp(changed + 10 * Self.second, cur: changed + 1)))
        #expect(!before.holds(at: stamp(changed + 10 * Self.second, new: 2, cur: changed)))
    }

    @Test func `Every change is seen, however soon it follows the one before`() throws {
        let folder = TemporaryFolder()
        try folder.makeFolder("m")
        let mailbox = try MailStorage(location: MailLocation(format: .maildir, root: folder["m"])).open("INBOX")
        var random = SeededGenerator(seed: 11)
        var there: Set<Int> = []
        #expect(try mailbox.synchronise().messages.isEmpty)
        for number in 0..<1500 {
            if let gone = there.randomElement(using: &random), Bool.random(using: &random) {
                try FileManager.default.removeItem(atPath: folder["m/cur/\(gone).a.host:2,"])
                there.remove(gone)
            } else {
                try folder.write("m/cur/\(number).a.host:2,", "Subject: x\n\n")
                there.insert(number)
            }
            // From the midst of a clock's tick to some ticks later.
            usleep(UInt32.random(in: 0..<3000, using: &random))
            #expect(try mailbox.synchronise().messages.count == there.count)
        }
    }
}
