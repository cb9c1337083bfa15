// SPDX-License-Identifier: Apache-2.0
package import POSIX
internal import SystemPackage

extension MailStorage {
    /// Appends a message for a final delivery: without a UID, and without a look at the index.
    ///
    /// INBOX is made where it is not there; any other folder must be. Blocking: the calling thread has the file-system
    /// ids of the storage's owner.
    ///
    /// - Parameters:
    ///   - message: the lines in front and the place of the content.
    ///   - source: the open file that has the content.
    ///   - folder: the mailbox's name, with the storage's separator.
    ///   - flags: the flags that the message gets.
    ///   - date: the moment of arrival, in seconds since the epoch.
    ///   - group: the group of an mbox that has to be made; nil leaves the thread's own.
    ///   - delivery: what the deliveries of the process share.
    /// - Returns: whether the message is durable already.
    /// - Throws: why the message is not in the mailbox; nothing is left of it then.
    package func append(
        _ message: DeliveredMessage,
        from source: borrowing Descriptor,
        to folder: String,
        flags: MessageFlags,
        date: Int64,
        group: UInt32? = nil,
        by delivery: MailDelivery
    ) throws(DeliveryFailure) -> AppendedMessage {
        let path = try path(ofFolder: folder)
        switch location.format {
        case .maildir:
            return .owing(
                try delivery.maildirs.place(
                    source,
                    offset: message.offset,
                    length: message.length,
                    head: message.head,
                    header: message.lines,
                    to: path,
                    owner: owner,
                    flags: flags
                )
            )
        case .mbox:
            try delivery.mboxes.deliver(
                source,
                offset: message.offset,
                length: message.length,
                head: message.head,
                header: message.lines + Self.statusLines(flags),
                to: path,
                envelope: MboxDelivery.Envelope(sender: message.sender, time: date, owner: owner, group: group)
            )
            return .durable
        }
    }

    /// Whether `append` keeps nobody waiting for long: a small message, and a Maildir that is open already.
    package func isQuick(length: Int, folder: String, by delivery: MailDelivery) -> Bool {
        guard location.format == .maildir, let path = try? path(ofFolder: folder) else { return false }
        return delivery.maildirs.isQuick(length: length, to: path, owner: owner)
    }

    private func path(ofFolder folder: String) throws(DeliveryFailure) -> String {
        // The way of nearly all mail.
        if folder == "INBOX" { return inboxPath }
        let name: MailboxName
        do throws(StoreError) {
            name = try MailboxName(folder, separator: separator, format: location.format)
        } catch {
            throw DeliveryFailure(.unsafe("not a mailbox name: \(error)"), action: "open mailbox", path: location.root)
        }
        if name == .inbox { return inboxPath }
        guard layout.exists(name) else {
            let missing = DeliveryFailure.Reason.system(.noSuchFileOrDirectory)
            throw DeliveryFailure(missing, action: "open mailbox", path: layout.path(of: name))
        }
        return layout.path(of: name)
    }

    private var inboxPath: String { location.inbox }

    /// The lines in which an mbox keeps the flags of a message.
    private static func statusLines(_ flags: MessageFlags) -> [UInt8] {
        guard !flags.isEmpty else { return [] }
        let letters: [(MessageFlags, String)] = [(.answered, "A"), (.flagged, "F"), (.draft, "T"), (.deleted, "D")]
        let state = letters.filter { flags.contains($0.0) }.map(\.1).joined()
        return Array("Status: \(flags.contains(.seen) ? "R" : "")O\nX-Status: \(state)\n".utf8)
    }
}
