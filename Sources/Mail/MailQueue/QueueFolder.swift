// SPDX-License-Identifier: Apache-2.0

/// The folders of the queue; a message's folder says what a restart does with it (`Documentation/QueueStates.md`).
package enum QueueFolder: String, Sendable, CaseIterable {
    /// Submitted by `postdrop`, not yet seen by `pickup`.
    case maildrop
    /// Accepted; to be delivered at once.
    case incoming
    /// To be tried again at a time that the file holds.
    case deferred
    /// Kept until somebody releases it.
    case hold
    /// Damaged; for a person to look at.
    case corrupt

    /// Whether the files lie in subfolders named by a character of their ids (`QueueID.bucket`).
    package var isHashed: Bool {
        switch self {
        case .incoming, .deferred, .hold: true
        case .maildrop, .corrupt: false
        }
    }

    /// The path of a message's file below this folder.
    package func path(of id: QueueID) -> String {
        isHashed ? "\(id.bucket)/\(id.text)" : id.text
    }
}
