// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import POSIX

/// The uids that may connect to a daemon's sockets in the file system, as its rights declare them.
///
/// Root is always among them. Without root all accounts are one, and the modes of the folders are what is left.
struct Callers: Sendable {
    /// The end of a listener's name with the uids, nil for everybody; the longest end first.
    private let rules: [(end: String, uids: Set<UInt32>?)]

    /// The callers of these rights under these accounts.
    init(_ declared: [String: Set<Rights.Caller>], _ accounts: [AccountRole: Identity], own: UInt32, isRoot: Bool) {
        let rules = declared.map { end, callers -> (end: String, uids: Set<UInt32>?) in
            let end = end == "*" ? "" : end
            guard !callers.contains(.everybody), !callers.contains(.configured) else { return (end, nil) }
            guard isRoot else { return (end, [0, own]) }
            return (end, Set(callers.compactMap { $0.role.flatMap { accounts[$0]?.uid } }).union([0]))
        }
        self.rules = rules.sorted { $0.end.utf8.count > $1.end.utf8.count }
    }

    /// Whether a process of this uid may connect to a listener of this name.
    func admit(_ uid: UInt32, at listener: String) -> Bool {
        guard let rule = rules.first(where: { listener.hasSuffix($0.end) }) else { return false }
        return rule.uids?.contains(uid) ?? true
    }
}
