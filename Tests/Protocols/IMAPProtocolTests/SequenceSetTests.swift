// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import TestSupport
import Testing

@Suite("Message sets (RFC 3501 section 9, sequence-set)")
struct SequenceSetTests {
    @Test(arguments: [
        ("1", SequenceSet.of((1, 1))), ("*", .of((0, 0))), ("1:*", .of((1, 0))), ("*:1", .of((0, 1))),
        ("5:2,7", .of((5, 2), (7, 7))), ("4294967295", .of((.max, .max))), ("1:4294967295", .of((1, .max))),
        ("*:*", .of((0, 0))), ("1,1,1", .of((1, 1), (1, 1), (1, 1))),
    ])
    func `A set is read`(text: String, set: SequenceSet) {
        #expect(request("FETCH \(text) UID") == .fetch(set, [.uid], .sequence))
    }

    @Test(arguments: [
        "", "0", "00", "01", "0:1", "1:0", "1:", ":1", ",", "1,", ",1", "1,,2", "1:2:3", "a", "-1", "1-2", "1 ,2",
        "4294967296", "18446744073709551616", "1:99999999999999999999999", "**", "*1", "1*", "$",
    ])
    func `A wrong set gets BAD`(text: String) {
        #expect(refusal("FETCH \(text) UID")?.condition == .bad)
    }

    @Test func `The number of ranges is bounded`() {
        var limits = CommandLimits.session
        limits.sequenceRanges = 3
        #expect(events("a FETCH 1,2,3 UID\r\n", limits: limits).count == 1)
        guard case .refused(let refusal)? = events("a FETCH 1,2,3,4 UID\r\n", limits: limits).first else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.text == "Error in IMAP command FETCH: Too many ranges in the message set.")
    }

    @Test(
        arguments: [
            (SequenceSet.of((1, 0)), 5, [1...5]), (.of((7, 0)), 5, [5...7]), (.of((0, 0)), 5, [5...5]),
            (.of((1, 0)), 0, []),
            (.of((0, 0)), 0, []), (.of((1, 3)), 0, [1...3]), (.of((3, 1), (4, 4), (9, 8)), 20, [1...4, 8...9]),
            (.of((5, 5), (1, 10)), 20, [1...10]), (.of((1, .max)), 3, [1...UInt32.max]),
            (.of((.max, 0)), 3, [3...UInt32.max]),
            (.of((.max, .max), (1, 1)), 3, [1...1, .max ... .max]),
        ] as [(SequenceSet, UInt32, [ClosedRange<UInt32>])]
    )
    func `It is resolved by the largest number in use`(
        set: SequenceSet,
        largest: UInt32,
        ranges: [ClosedRange<UInt32>]
    ) {
        #expect(set.resolved(largest: largest).ranges == ranges)
    }

    @Test func `The largest number written out is known`() {
        #expect(SequenceSet.of((3, 0), (2, 9)).maximum == 9)
        #expect(SequenceSet.of((0, 0)).maximum == 0)
    }

    @Test func `A set of numbers merges what touches`() {
        var set = NumberSet([3, 1, 2, 2, 9, 5, 4].map { UInt32($0) })
        #expect(set.ranges == [1...5, 9...9])
        #expect(set.count == 6 && set.min == 1 && set.max == 9)
        set.insert(.max)
        set.insert(.max)
        set.insert(0)
        #expect(set.ranges == [0...5, 9...9, .max ... .max])
        #expect([0, 5, 9, .max].allSatisfy(set.contains) && ![6, 8, 10, .max - 1].contains(where: set.contains))
        #expect(Array(set.clamped(to: 4...9).numbers) == [4, 5, 9])
        #expect(NumberSet([0...UInt32.max, 5...6]).ranges == [0...UInt32.max])
        #expect(NumberSet([0...UInt32.max]).count == 4_294_967_296)
        #expect(NumberSet().isEmpty && NumberSet().min == nil && !NumberSet().contains(0))
    }

    @Test func `A set of numbers agrees with a plain set`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let numbers = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt32.random(in: 0...60, using: &random)
            }
            let set = NumberSet(numbers)
            #expect(Array(set.numbers) == Set(numbers).sorted())
            #expect((0...61).allSatisfy { set.contains($0) == numbers.contains($0) })
            #expect(set.count == Set(numbers).count)
        }
    }
}
