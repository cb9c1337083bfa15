// SPDX-License-Identifier: Apache-2.0

/// Whether messages come from one conversation alone, one after another (Documentation/Decisions/0011).
struct Company {
    /// Nanoseconds for which one that was not alone counts as in company.
    private static let memory: Int64 = 100_000_000

    private var current: ObjectIdentifier?
    private var underWay = 0
    /// When another conversation than the one before had a message, or two had at once.
    private var lastCompany = Int64.min

    /// A message of a conversation begins.
    mutating func begins(_ conversation: ObjectIdentifier, at now: Int64) {
        underWay += 1
        if underWay > 1 || (current != nil && current != conversation) { lastCompany = now }
        current = conversation
    }

    /// A message is queued or given up.
    mutating func ends() {
        underWay -= 1
    }

    /// Whether the message under way is the only one, and was for a while.
    func isAlone(at now: Int64) -> Bool {
        underWay == 1 && (lastCompany == .min || now &- lastCompany > Self.memory)
    }
}
