// SPDX-License-Identifier: Apache-2.0
internal import POSIX

/// What a kind of mailbox does for `Mailbox`, which calls it under its lock.
protocol MailboxBackend: AnyObject {
    /// Reads what changed.
    func synchronise() throws(StoreError) -> MailboxView
    /// Changes flags durably.
    func store(_ change: FlagChange, uids: [UInt32]) throws(StoreError) -> MailboxView
    /// Removes messages durably.
    func expunge(_ uids: [UInt32]) throws(StoreError) -> MailboxView
    /// Sizes and dates; messages that are gone are missing.
    func attributes(_ uids: [UInt32], withDates: Bool) throws(StoreError) -> [MessageAttributes]
    /// Opens a message for reading.
    func open(_ uid: UInt32) throws(StoreError) -> MessageFile
    /// Formatted parts that are known, in the order of the UIDs; nil where the mailbox has no index.
    func formatted(_ uids: [UInt32], _ parts: FormattedMessage.Parts) throws(StoreError) -> FormattedMessages?
    /// Puts formatted parts into the index; false where there is none.
    func keep(_ messages: [(uid: UInt32, message: FormattedMessage)]) -> Bool
    /// The bytes of a message of at most `limit` bytes if no disk is needed for them.
    func cachedContents(of uid: UInt32, limit: Int) -> [UInt8]?
    /// A place for a new message's bytes.
    func beginAppend() throws(StoreError) -> MessageSpool
    /// Makes spooled messages part of the mailbox, all or none, durably; their UIDs in order.
    func commit(_ messages: [NewMessage]) throws(StoreError) -> AppendResult
    /// Where files are that another mailbox may link to; nil where messages are no files of their own.
    func linkSources(_ uids: [UInt32]) throws(StoreError) -> LinkSources?
    /// Links files of another mailbox into this one; nil where that cannot be done, and nothing is done then.
    func link(_ sources: LinkSources) throws(StoreError) -> AppendResult?
}

extension MailboxBackend {
    func formatted(_ uids: [UInt32], _ parts: FormattedMessage.Parts) throws(StoreError) -> FormattedMessages? { nil }
    func keep(_ messages: [(uid: UInt32, message: FormattedMessage)]) -> Bool { false }
    func cachedContents(of uid: UInt32, limit: Int) -> [UInt8]? { nil }
}

/// Size and date of a message.
package struct MessageAttributes: Sendable, Equatable {
    package let uid: UInt32
    /// Bytes as stored.
    package let size: Int
    /// Bytes with CRLF line ends: RFC822.SIZE, and what POP3 says.
    package let virtualSize: Int
    /// INTERNALDATE in seconds since the epoch; 0 where it was not asked for.
    package let internalDate: Int64
}

/// What new messages became.
package struct AppendResult: Sendable, Equatable {
    package let uidValidity: UInt32
    /// The UIDs in the order of the messages.
    package let uids: [UInt32]
}

/// A message with its flags, ready to become part of a mailbox.
struct NewMessage: Sendable {
    let spool: MessageSpool
    let flags: MessageFlags
    let keywords: [String]
    /// Seconds since the epoch; nil for now.
    let internalDate: Int64?
}

/// Files of a Maildir that may be linked to.
struct LinkSources: Sendable {
    struct File: Sendable {
        let uid: UInt32
        let name: String
        /// The part of the name that has the sizes.
        let base: [UInt8]
        let inNew: Bool
        let flags: MessageFlags
        let keywords: [String]
    }

    let directories: MaildirDirectories
    let files: [File]
}
