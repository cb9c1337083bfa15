// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailStore

/// The mailboxes of a user as LIST and LSUB see them: clients' names, what exists, what is subscribed to.
struct MailboxList: Sendable {
    /// A name and what is known of it.
    struct Item: Sendable {
        let name: IMAPMailboxName
        /// The storage's name; nil for a level that only the namespace's prefix has.
        let stored: String?
        var exists: Bool
        var isSelectable: Bool
        var hasChildren: Bool
        var isSubscribed: Bool
        var specialUses: [ListAttribute]
    }

    /// INBOX first, then by name.
    private(set) var items: [Item]
    let separator: UInt8?

    /// Reads the mailboxes and the subscriptions; it blocks.
    init(_ storage: MailStorage, _ names: NamespaceNames) throws(StoreError) {
        let entries = try storage.list()
        let subscriptions = try storage.subscriptions()
        self.init(entries, subscriptions: subscriptions, names, separator: storage.separator.asciiValue)
    }

    init(_ entries: [MailStorage.Entry], subscriptions: [String], _ names: NamespaceNames, separator: UInt8?) {
        self.separator = separator
        let subscribed = Set(subscriptions)
        var items: [Item] = []
        for entry in entries {
            guard let name = names.clientName(entry.name) else { continue }
            items.append(
                Item(
                    name: name,
                    stored: entry.name,
                    exists: true,
                    isSelectable: entry.isSelectable,
                    hasChildren: entry.hasChildren,
                    isSubscribed: subscribed.contains(entry.name),
                    specialUses: names.specialUses(entry.name)
                )
            )
        }
        let known = Set(entries.map(\.name))
        for stored in subscriptions where !known.contains(stored) {
            guard let name = names.clientName(stored) else { continue }
            items.append(
                Item(
                    name: name,
                    stored: stored,
                    exists: false,
                    isSelectable: false,
                    hasChildren: false,
                    isSubscribed: true,
                    specialUses: names.specialUses(stored)
                )
            )
        }
        Self.addPrefix(names.prefix, separator, to: &items)
        self.items = items
    }

    /// The levels of the namespace's prefix have all other mailboxes below them.
    private static func addPrefix(_ prefix: String, _ separator: UInt8?, to items: inout [Item]) {
        var root = Array(prefix.utf8)
        if let separator, root.last == separator { root.removeLast() }
        guard let name = IMAPMailboxName(utf8: root) else { return }
        let hasChildren = items.contains { $0.exists && !$0.name.isInbox }
        if name.isInbox {
            guard let inbox = items.firstIndex(where: { $0.name.isInbox }) else { return }
            items[inbox].hasChildren = items[inbox].hasChildren || hasChildren
        } else if hasChildren {
            items.append(
                Item(
                    name: name,
                    stored: nil,
                    exists: true,
                    isSelectable: false,
                    hasChildren: true,
                    isSubscribed: false,
                    specialUses: []
                )
            )
        }
    }

    /// The names of the levels above a name, the nearest first.
    func parents(of name: IMAPMailboxName) -> [IMAPMailboxName] {
        guard let separator else { return [] }
        var parents: [IMAPMailboxName] = []
        var rest = name.utf8[...]
        while let end = rest.lastIndex(of: separator) {
            rest = rest[..<end]
            if let parent = IMAPMailboxName(utf8: Array(rest)) { parents.append(parent) }
        }
        return parents
    }
}
