// SPDX-License-Identifier: Apache-2.0

/// The parameters of a transport's concurrency (SCHEDULER_README, "Concurrency scheduling").
struct ConcurrencyRules: Equatable, Sendable {
    /// The parameter `initial_destination_concurrency`.
    var initial = 5
    /// The parameter `destination_concurrency_limit`; 0 is no limit.
    var limit = 20
    var positive = ConcurrencyFeedback(amount: 1)
    var negative = ConcurrencyFeedback(amount: 1)
    /// The parameter `destination_concurrency_failed_cohort_limit`; 0 means that no destination is ever given up.
    var failedCohortLimit = 1

    /// Beyond that many a limit bounds nothing.
    private static let largest = 1 << 20

    /// The largest window.
    var most: Int { limit > 0 ? min(limit, Self.largest) : Self.largest }

    /// Where the window of a destination begins.
    var start: Int { max(1, min(initial, most)) }
}

/// How much one delivery changes the concurrency: `0.5`, `1/8`, `1/concurrency`, `1/sqrt_concurrency`.
struct ConcurrencyFeedback: Equatable, Sendable {
    /// What the amount is divided by.
    enum Divisor: Sendable { case one, concurrency, squareRoot }

    var amount: Double
    var divisor = Divisor.one

    init(amount: Double, divisor: Divisor = .one) {
        self.amount = amount
        self.divisor = divisor
    }

    /// Reads the value of a `…_feedback` parameter; nil where it is none, or is negative.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard let first = parts.first, let amount = Double(first), amount.isFinite, amount >= 0 else { return nil }
        self.init(amount: amount)
        guard parts.count == 2 else { return }
        switch parts[1] {
        case "concurrency": divisor = .concurrency
        case "sqrt_concurrency": divisor = .squareRoot
        default:
            guard let number = Double(parts[1]), number.isFinite, number >= 1 else { return nil }
            self.amount = amount / number
        }
    }

    func value(at concurrency: Int) -> Double {
        let size = Double(max(1, concurrency))
        return switch divisor {
        case .one: amount
        case .concurrency: amount / size
        case .squareRoot: amount / size.squareRoot()
        }
    }
}

/// How many deliveries a destination gets at once: it grows with success, shrinks with failure, and closes after whole
/// rounds ("pseudo-cohorts") of failures.
struct ConcurrencyWindow: Equatable, Sendable {
    /// What rounding may lose of a step of 1.
    private static let tolerance = 0.01
    /// Steps of one delivery, at the most: a feedback beyond that is a mistake of the configuration.
    private static let most = 1000.0

    /// Deliveries at once; 0 is closed.
    private(set) var size: Int
    private var success = 0.0
    private var failure = 0.0
    private var failedCohorts = 0.0

    init(_ rules: ConcurrencyRules) {
        size = rules.start
    }

    /// Whether the destination was given up.
    var isClosed: Bool { size == 0 }

    /// A delivery reached the destination; `busy` are under way, this one included.
    mutating func succeeded(busy: Int, _ rules: ConcurrencyRules) {
        failedCohorts = 0
        guard !isClosed else { return reopen(busy: busy, rules) }
        guard size < rules.most else { return }
        // Without this guard the window of a destination with little mail would drift to the limit.
        guard size - busy < rules.initial else { return }
        success += min(rules.positive.value(at: size), Self.most)
        while success + Self.tolerance >= 1 {
            size += 1
            success -= 1
            failure = 0
        }
        size = min(size, rules.most)
    }

    /// A delivery could not reach the destination.
    mutating func failed(_ rules: ConcurrencyRules) {
        guard !isClosed else { return }
        failedCohorts += 1 / Double(size)
        if rules.failedCohortLimit > 0, failedCohorts + Self.tolerance >= Double(rules.failedCohortLimit) {
            size = 0
            return
        }
        failure -= min(rules.negative.value(at: size), Self.most)
        while failure < -Self.tolerance {
            size -= 1
            failure += 1
            success = 0
        }
        size = max(1, size)
    }

    /// Tries a destination again that was given up.
    mutating func reopen(busy: Int = 0, _ rules: ConcurrencyRules) {
        size = busy > 0 ? busy : rules.start
        success = 0
        failure = 0
        failedCohorts = 0
    }

    /// Takes over a new limit.
    mutating func limit(_ rules: ConcurrencyRules) {
        size = min(size, rules.most)
    }
}
