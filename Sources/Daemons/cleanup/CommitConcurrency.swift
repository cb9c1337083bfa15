// SPDX-License-Identifier: Apache-2.0

/// Tracks whether messages come from one conversation only, one after another (Documentation/Decisions/0011).
struct CommitConcurrency {
    /// Nanoseconds for which messages count as concurrent after two conversations had some.
    private static let memory: Int64 = 100_000_000

    private var current: ObjectIdentifier?
    private var underWay = 0
    /// The last time that two conversations had messages at once or in turn.
    private var lastConcurrent = Int64.min

    /// A message of a conversation begins.
    mutating func begins(_ conversation: ObjectIdentifier, at now: Int64) {
        underWay += 1
        if underWay > 1 || (current != nil && current != conversation) { lastConcurrent = now }
        current = conversation
    }

    /// A message is queued or given up.
    mutating func ends() {
        underWay -= 1
    }

    /// Whether the message under way is the only one, and was for a while.
    func isAlone(at now: Int64) -> Bool {
        underWay == 1 && (lastConcurrent == .min || now &- lastConcurrent > Self.memory)
    }
}
