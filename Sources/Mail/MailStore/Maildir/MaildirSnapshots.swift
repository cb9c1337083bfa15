// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization

/// What a session has read of a Maildir, for the next one that opens it: as long as the directories and lists have the
/// times that they had, they need not be read again.
struct MaildirSnapshot: Sendable {
    let view: MailboxView
    let files: MaildirFiles
    let stamp: MaildirStamp
    let listStamp: FileStamp?
    let listSummary: MaildirBox.ListSummary?
    let keywordList: KeywordList
    let keywordStamp: FileStamp?
    let guid: [UInt8]
    /// The inode of `cur/`: another Maildir of the same name is another mailbox.
    let directory: UInt64
}

/// The snapshots of this process, in which all sessions are of one user id.
final class MaildirSnapshots: Sendable {
    static let shared = MaildirSnapshots()
    /// About 100 bytes each.
    private static let messageLimit = 300_000
    /// How long one is kept that nobody asks for.
    private static let lifetime: Int64 = 300_000_000_000

    private struct State {
        var snapshots: [String: (snapshot: MaildirSnapshot, used: Int64)] = [:]
        var messages = 0
    }

    private let state = Mutex(State())

    /// The snapshot of a Maildir.
    func find(_ path: String) -> MaildirSnapshot? {
        state.withLock { state in
            state.snapshots[path]?.used = Clock.monotonic
            return state.snapshots[path]?.snapshot
        }
    }

    /// Keeps a snapshot instead of an earlier one, as long as there is room.
    func keep(_ snapshot: MaildirSnapshot, of path: String) {
        let now = Clock.monotonic
        let old = state.withLock { state -> [MaildirSnapshot] in
            var gone: [MaildirSnapshot] = []
            func remove(_ path: String) {
                guard let (old, _) = state.snapshots.removeValue(forKey: path) else { return }
                state.messages -= old.view.messages.count
                gone.append(old)
            }
            remove(path)
            let count = snapshot.view.messages.count
            for (other, entry) in state.snapshots where now &- entry.used > Self.lifetime { remove(other) }
            while state.messages + count > Self.messageLimit,
                let oldest = state.snapshots.min(by: { $0.value.used < $1.value.used })
            {
                remove(oldest.key)
            }
            if count <= Self.messageLimit {
                state.snapshots[path] = (snapshot, now)
                state.messages += count
            }
            return gone
        }
        // Large arrays are let go outside of the lock.
        withExtendedLifetime(old) {}
    }
}
