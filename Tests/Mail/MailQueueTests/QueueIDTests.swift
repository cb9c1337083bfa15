// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import MailQueue

@Suite struct QueueIDTests {
    @Test func `An id has Postfix's long form and tells the moment of arrival`() throws {
        let id = QueueID(arrival: 1_700_000_000_123_456, number: 4321)
        #expect(id.text.utf8.count == 6 + 4 + 1 + 3)
        #expect(Array(id.text)[10] == "z")
        let again = try #require(QueueID(id.text))
        #expect(again == id)
        #expect(again.arrival == 1_700_000_000_123_456)
    }

    @Test func `The example of postconf(5) is read`() throws {
        let id = try #require(QueueID("3Pt2mN2VXxznjll"))
        #expect(id.text == "3Pt2mN2VXxznjll")
        #expect((1_200_000_000_000_000..<1_400_000_000_000_000).contains(id.arrival))
        #expect(id.bucket == "x")
    }

    @Test(arguments: [
        "", "z", "3Pt2mN2VXx", "3Pt2mN2VXxz", "3Pt2mN2VXxzA", "../../etc/passwd", "3Pt2mN2VXxznj/l", "3Pt2mN2VXxznj\0l",
        "3Pt2mN2VXxznjll\n", "3Pt2mN2VXxznjllnjllnjllnjll", "C3CD21F3E90", "zzzzzzzzzzzzzzzzzzzzzzz", "３Pt2mN2VXxznjll",
        "3Pt2mNyyyyznjll", "yyyyyyyy0000z1",
    ])
    func `Anything else is no id`(text: String) {
        #expect(QueueID(text) == nil)
    }

    @Test func `Ids are unique and grow within a process, even when the clock stands or goes back`() {
        let source = QueueIDSource(number: 6_000_000)
        var last = source.next(at: 1_000_000_000_000)
        for step in 0..<2000 {
            let id = source.next(at: 1_000_000_000_000 - Int64(step) * 1000)
            #expect(last < id && last.text < id.text)
            last = id
        }
    }

    @Test func `Two processes never make the same id in the same microsecond`() {
        #expect(QueueIDSource(number: 1).next(at: 5_000_000) != QueueIDSource(number: 2).next(at: 5_000_000))
    }

    @Test func `Messages spread evenly over the subfolders`() {
        var counts: [String: Int] = [:]
        for step in 0..<5200 {
            counts[QueueID(arrival: 1_700_000_000_000_000 + Int64(step), number: 1).bucket, default: 0] += 1
        }
        #expect(Set(counts.keys) == Set(QueueID.buckets))
        #expect(counts.values.allSatisfy { (90...110).contains($0) })
    }

    @Test func `Random texts do not trap, and what is read is written the same`() {
        var random = SeededGenerator(seed: 1)
        let alphabet = Array("0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyzzzz/.\0é".unicodeScalars)
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<30, using: &random) {
                if let scalar = alphabet.randomElement(using: &random) { text.append(scalar) }
            }
            guard let id = QueueID(String(text)) else { continue }
            #expect(id.text == String(text))
            #expect(QueueID.buckets.contains(id.bucket))
        }
    }
}
