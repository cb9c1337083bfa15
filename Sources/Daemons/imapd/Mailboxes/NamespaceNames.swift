// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailConfiguration

/// The names of mailboxes as clients see them, with the prefix of the namespace, and as the storage has them.
struct NamespaceNames: Sendable {
    /// A mailbox that dovecot.conf names.
    struct Configured: Sendable {
        /// The storage's name.
        let name: String
        let specialUses: [ListAttribute]
        let isCreated: Bool
        let isSubscribed: Bool
    }

    /// `INBOX.` or empty; in UTF-8, with the separator at its end.
    let prefix: String
    let isListed: Bool
    let configured: [Configured]

    init(_ namespace: DovecotNamespace) {
        prefix = namespace.prefix
        isListed = namespace.listing != .no
        configured = namespace.mailboxes.map { mailbox in
            Configured(
                name: mailbox.name,
                specialUses: mailbox.specialUse.compactMap { word in
                    ListAttribute.allCases.first { $0.rawValue.lowercased() == word.lowercased() }
                },
                isCreated: mailbox.creation != .no,
                isSubscribed: mailbox.creation == .subscribe
            )
        }
    }

    /// The storage's name of what a client names; nil where it lies outside of the namespace.
    func storageName(_ name: IMAPMailboxName) -> String? {
        if name.isInbox { return "INBOX" }
        let text = name.string
        guard !prefix.isEmpty else { return text }
        guard text.hasPrefix(prefix) else {
            // `inbox.Sent` names the same as `INBOX.Sent`.
            guard prefix.uppercased().hasPrefix("INBOX"), text.utf8.count > prefix.utf8.count,
                text.prefix(prefix.count).uppercased() == prefix.uppercased()
            else { return nil }
            return String(text.dropFirst(prefix.count))
        }
        let rest = String(text.dropFirst(prefix.count))
        // INBOX itself has no second name.
        return rest.isEmpty || rest.uppercased() == "INBOX" ? nil : rest
    }

    /// The client's name of a mailbox of the storage; nil for one that no client could name.
    func clientName(_ name: String) -> IMAPMailboxName? {
        name == "INBOX" ? .inbox : IMAPMailboxName(prefix + name)
    }

    /// What dovecot.conf says of a mailbox's use.
    func specialUses(_ name: String) -> [ListAttribute] {
        configured.first { $0.name == name }?.specialUses ?? []
    }
}

extension DovecotConfiguration {
    /// The namespace that holds INBOX: the one that relais serves.
    var inboxNamespace: DovecotNamespace {
        let enabled = namespaces.filter { !$0.isDisabled && $0.kind == .private }
        return enabled.first { $0.isInbox } ?? enabled.first ?? .standard
    }
}
