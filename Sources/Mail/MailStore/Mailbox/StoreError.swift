// SPDX-License-Identifier: Apache-2.0
package import SystemPackage

/// Why the store could not do what was asked.
package struct StoreError: Error, Sendable, Equatable {
    /// What a reader has to be told apart.
    package enum Reason: Sendable, Equatable {
        /// There is no mailbox of that name.
        case noSuchMailbox
        /// There is a mailbox of that name already.
        case mailboxExists
        /// The name cannot be that of a mailbox; the text says why.
        case invalidName(String)
        /// The operation is not possible on this mailbox; the text says why.
        case notPossible(String)
        /// A message is gone.
        case noSuchMessage
        /// The mailbox was opened for reading only.
        case readOnly
        /// The mailbox was replaced by another one: whoever has it open must close it.
        case replaced
        /// Another program holds the lock and did not let go.
        case locked
        /// A message or mailbox would become too large.
        case tooLarge
        /// The mailbox has all keywords that it can have.
        case tooManyKeywords
        /// The system refused.
        case system(Errno)
    }

    package let reason: Reason
    /// What was being done.
    package let action: String
    /// The mailbox, file or folder.
    package let subject: String

    package init(_ reason: Reason, action: String, subject: String) {
        self.reason = reason
        self.action = action
        self.subject = subject
    }

    /// Whether there is no room: disk or quota.
    package var isNoRoom: Bool {
        reason == .system(.noSpace) || reason == .system(.diskQuotaExceeded)
    }

    /// The reason for the log; one line.
    package var text: String {
        switch reason {
        case .noSuchMailbox: "\(action): \(subject): no such mailbox"
        case .mailboxExists: "\(action): \(subject): mailbox exists already"
        case .invalidName(let why): "\(action): \(subject): invalid mailbox name: \(why)"
        case .notPossible(let why): "\(action): \(subject): \(why)"
        case .noSuchMessage: "\(action): \(subject): message is gone"
        case .readOnly: "\(action): \(subject): mailbox is open for reading only"
        case .replaced: "\(action): \(subject): mailbox was replaced by another one"
        case .locked: "\(action): \(subject): locked by another program"
        case .tooLarge: "\(action): \(subject): too large"
        case .tooManyKeywords: "\(action): \(subject): too many keywords"
        case .system(let errno): "\(action): \(subject): \(errno)"
        }
    }
}

/// Runs file work, and says of an `Errno` what was being done.
func storing<R: ~Copyable>(
    _ action: String,
    _ subject: String,
    _ body: () throws(Errno) -> R
) throws(StoreError) -> R {
    do throws(Errno) {
        return try body()
    } catch {
        throw StoreError(.system(error), action: action, subject: subject)
    }
}
