// SPDX-License-Identifier: Apache-2.0

/// How mailboxes lie on disk, for `MailStorage`.
protocol MailboxLayout: Sendable {
    /// All mailboxes, INBOX too, unsorted; those without content are folders of others only.
    func list() throws(StoreError) -> [MailboxName: Bool]
    /// Whether there is a mailbox that can be selected.
    func exists(_ name: MailboxName) -> Bool
    /// Makes a mailbox.
    func create(_ name: MailboxName) throws(StoreError)
    /// Removes a mailbox with its messages; those below it stay.
    func delete(_ name: MailboxName) throws(StoreError)
    /// Renames a mailbox with those below it; never INBOX.
    func rename(_ name: MailboxName, to newName: MailboxName) throws(StoreError)
    /// Opens a mailbox.
    func open(_ name: MailboxName, text: String, readOnly: Bool) throws(StoreError) -> Mailbox
    /// Where a mailbox lies: a Maildir or an mbox.
    func path(of name: MailboxName) -> String
    /// The name of the file with the subscriptions, in the root.
    var subscriptions: String { get }
    /// The folder of the mailboxes.
    var root: StoreRoot { get }
}
