// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import qmgr

/// The concurrency of a destination, as SCHEDULER_README describes it.
@Suite struct ConcurrencyWindowTests {
    /// Events of deliveries, and the window after each.
    struct Row: Sendable {
        let rules: ConcurrencyRules
        let events: String
        let sizes: [Int]

        init(_ rules: ConcurrencyRules, _ events: String, _ sizes: [Int]) {
            self.rules = rules
            self.events = events
            self.sizes = sizes
        }
    }

    /// A parameter's text, and what it is worth with a concurrency of four.
    struct Feedback: Sendable {
        let text: String
        let value: Double?

        init(_ text: String, _ value: Double?) {
            self.text = text
            self.value = value
        }
    }

    /// `s` is a success with a full window, `i` one with nothing else under way, `f` a failure.
    @Test(
        "the window follows what deliveries say",
        arguments: [
            Row(ConcurrencyRules(), "", []),
            Row(ConcurrencyRules(), "ssss", [6, 7, 8, 9]),
            // What is idle grows no further than what a new destination gets.
            Row(ConcurrencyRules(), "iiii", [6, 6, 6, 6]),
            Row(ConcurrencyRules(limit: 6), "sss", [6, 6, 6]),
            Row(ConcurrencyRules(limit: 3), "ss", [3, 3]),
            Row(ConcurrencyRules(initial: 30, limit: 0), "ss", [31, 32]),
            Row(ConcurrencyRules(), "ffff", [4, 3, 2, 0]),
            Row(ConcurrencyRules(), "fffsff", [4, 3, 2, 3, 2, 1]),
            Row(ConcurrencyRules(initial: 1), "f", [0]),
            Row(ConcurrencyRules(failedCohortLimit: 2), "ffffff", [4, 3, 2, 1, 0, 0]),
            // Never given up.
            Row(ConcurrencyRules(failedCohortLimit: 0), "ffffffff", [4, 3, 2, 1, 1, 1, 1, 1]),
            Row(ConcurrencyRules(positive: ConcurrencyFeedback(amount: 0.5)), "ssss", [5, 6, 6, 7]),
            Row(
                ConcurrencyRules(
                    initial: 2,
                    positive: ConcurrencyFeedback(amount: 1, divisor: .concurrency)
                ),
                "sssss",
                [2, 3, 3, 3, 4]
            ),
            Row(
                ConcurrencyRules(
                    initial: 4,
                    negative: ConcurrencyFeedback(amount: 1, divisor: .concurrency),
                    failedCohortLimit: 0
                ),
                "fffff",
                [3, 3, 3, 2, 2]
            ),
            Row(ConcurrencyRules(negative: ConcurrencyFeedback(amount: 0), failedCohortLimit: 0), "ff", [5, 5]),
            // Back from the dead: as many as are under way, or the beginning.
            Row(ConcurrencyRules(initial: 1), "fs", [0, 1]),
        ]
    )
    func window(row: Row) {
        let rules = row.rules
        var window = ConcurrencyWindow(rules)
        var seen: [Int] = []
        for event in row.events {
            switch event {
            case "s": window.succeeded(busy: max(1, window.size), rules)
            case "i": window.succeeded(busy: 1, rules)
            default: window.failed(rules)
            }
            seen.append(window.size)
        }
        #expect(seen == row.sizes)
    }

    @Test(
        "feedback is a number, a fraction, or a part of the concurrency",
        arguments: [
            Feedback("1", 1.0), Feedback("0.5", 0.5), Feedback("0", 0), Feedback(" 1 / 8 ", 0.125),
            Feedback("1/concurrency", 0.25), Feedback("2/sqrt_concurrency", 1),
            Feedback("1/", nil), Feedback("", nil), Feedback("-1", nil), Feedback("1/0", nil), Feedback("1/-2", nil),
            Feedback("x", nil), Feedback("nan", nil), Feedback("inf", nil),
            Feedback("1/concurrenc", nil), Feedback("1/2/3", nil),
        ]
    )
    func feedback(row: Feedback) {
        #expect(ConcurrencyFeedback(row.text)?.value(at: 4) == row.value)
    }

    @Test func `settings beyond reason trap nothing`() {
        let rules = ConcurrencyRules(
            initial: .max,
            limit: 0,
            positive: ConcurrencyFeedback(amount: 1e300),
            negative: ConcurrencyFeedback(amount: 1e300),
            failedCohortLimit: 0
        )
        var window = ConcurrencyWindow(rules)
        for _ in 0..<3 { window.succeeded(busy: 5, rules) }
        #expect(window.size > 5)
        window.failed(rules)
        #expect(window.size >= 1)
    }
}
