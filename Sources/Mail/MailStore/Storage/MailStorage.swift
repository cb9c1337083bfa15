// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// A user's mailboxes.
///
/// Names are UTF-8 with the levels divided by `separator`; INBOX is found in any case. All methods block.
package struct MailStorage: Sendable {
    /// A mailbox as LIST shows it.
    package struct Entry: Sendable, Equatable {
        /// The name with the storage's separator.
        package let name: String
        /// Whether it can be selected; otherwise it is only the folder of others (\Noselect).
        package let isSelectable: Bool
        /// Whether mailboxes lie below it (\HasChildren).
        package let hasChildren: Bool
    }

    package let location: MailLocation
    /// What divides the levels of a name.
    package let separator: Character
    /// The uid that owns the mailboxes.
    let owner: UInt32
    let layout: any MailboxLayout

    /// The store at a location.
    ///
    /// - Parameters:
    ///   - location: where and how.
    ///   - separator: `/` or `.`; Maildir++ has `.` by nature, and then names may have no dot in a level.
    ///   - locking: how mbox files are locked.
    ///   - spool: the folder of an INBOX that lies among those of others; nil where none does.
    ///   - owner: the uid that owns the mailboxes.
    package init(
        location: MailLocation,
        separator: Character = "/",
        locking: MboxLocking = MboxLocking(patience: .mailbox, dotlockMayFail: true),
        spool: SpoolFolder? = nil,
        owner: UInt32 = Identity.effectiveUser
    ) {
        self.location = location
        self.separator = separator
        self.owner = owner
        switch location.format {
        case .maildir: layout = MaildirLayout(location: location, owner: owner)
        case .mbox: layout = MboxLayout(location: location, locking: locking, spool: spool, owner: owner)
        }
    }

    /// All mailboxes by name, INBOX first; the folders of mailboxes that are none themselves are among them.
    package func list() throws(StoreError) -> [Entry] {
        var found = try layout.list()
        found[.inbox] = true
        for name in found.keys {
            var parent = name.parent
            while let folder = parent, found[folder] == nil {
                found[folder] = false
                parent = folder.parent
            }
        }
        let parents = Set(found.keys.compactMap(\.parent))
        return found.map { name, isSelectable in
            Entry(name: text(name), isSelectable: isSelectable, hasChildren: parents.contains(name))
        }.sorted { a, b in
            a.name == "INBOX" || b.name == "INBOX" ? a.name == "INBOX" && b.name != "INBOX" : a.name < b.name
        }
    }

    /// Whether there is a mailbox of that name that can be selected.
    package func exists(_ name: String) throws(StoreError) -> Bool {
        let name = try checked(name)
        return name == .inbox || layout.exists(name)
    }

    /// Opens a mailbox; INBOX is made where it is not there yet.
    ///
    /// Its content is read by the first `synchronise`.
    ///
    /// - Parameters:
    ///   - name: which.
    ///   - readOnly: for looking only (EXAMINE): messages stay \Recent, nothing can be changed.
    /// - Returns: the mailbox.
    /// - Throws: `noSuchMailbox`, or what the system said.
    package func open(_ name: String, readOnly: Bool = false) throws(StoreError) -> Mailbox {
        let name = try checked(name)
        if name == .inbox, !layout.exists(name) {
            try layout.create(name)
        } else if !layout.exists(name) {
            throw StoreError(.noSuchMailbox, action: "open mailbox", subject: text(name))
        }
        return try layout.open(name, text: text(name), readOnly: readOnly)
    }

    /// Makes a mailbox; what it lies below need not be there.
    ///
    /// A separator at the end is passed over (RFC 3501, CREATE).
    package func create(_ name: String) throws(StoreError) {
        let trimmed = name.last == separator ? String(name.dropLast()) : name
        let name = try checked(trimmed)
        if name == .inbox || layout.exists(name) {
            throw StoreError(.mailboxExists, action: "create mailbox", subject: text(name))
        }
        try layout.create(name)
    }

    /// Removes a mailbox with its messages; mailboxes below it stay, and its name with them as a folder.
    package func delete(_ name: String) throws(StoreError) {
        let name = try checked(name)
        guard name != .inbox else {
            throw StoreError(.notPossible("INBOX cannot be deleted"), action: "delete mailbox", subject: text(name))
        }
        guard layout.exists(name) else { throw try missing(name, action: "delete mailbox") }
        try layout.delete(name)
    }

    /// Renames a mailbox with those below it.
    ///
    /// INBOX stays, empty: its messages move to a new mailbox (RFC 3501).
    package func rename(_ name: String, to newName: String) throws(StoreError) {
        let old = try checked(name)
        let new = try checked(newName)
        if new == .inbox || layout.exists(new) {
            throw StoreError(.mailboxExists, action: "rename mailbox", subject: text(new))
        }
        if old == .inbox {
            try layout.create(new)
            let source = try open(text(old))
            let uids = try source.synchronise().messages.map(\.uid)
            if !uids.isEmpty { _ = try source.move(uids, to: try open(text(new))) }
            return
        }
        guard !new.isBelow(old) else {
            let why = "a mailbox cannot be moved below itself"
            throw StoreError(.notPossible(why), action: "rename mailbox", subject: text(new))
        }
        let isFolder = try layout.list().keys.contains { $0.isBelow(old) }
        guard layout.exists(old) || isFolder else {
            throw StoreError(.noSuchMailbox, action: "rename mailbox", subject: text(old))
        }
        try layout.rename(old, to: new)
    }

    /// The names subscribed to, whether their mailboxes are there or not.
    package func subscriptions() throws(StoreError) -> [String] {
        try readSubscriptions().names.map(text)
    }

    /// Adds a name to the subscriptions.
    package func subscribe(_ name: String) throws(StoreError) {
        let name = try checked(name)
        try changeSubscriptions { $0.insert(name) }
    }

    /// Removes a name from the subscriptions; one that is not among them is fine.
    package func unsubscribe(_ name: String) throws(StoreError) {
        let name = try checked(name)
        try changeSubscriptions { $0.remove(name) }
    }

    private func checked(_ name: String) throws(StoreError) -> MailboxName {
        try MailboxName(name, separator: separator, format: location.format)
    }

    private func text(_ name: MailboxName) -> String {
        name.text(separator: separator)
    }

    private func missing(_ name: MailboxName, action: String) throws(StoreError) -> StoreError {
        let isFolder = try layout.list().keys.contains { $0.isBelow(name) }
        let why = "it is only the folder of other mailboxes"
        return StoreError(isFolder ? .notPossible(why) : .noSuchMailbox, action: action, subject: text(name))
    }

    private func readSubscriptions() throws(StoreError) -> Subscriptions {
        do throws(Errno) {
            let bytes = try readFile(layout.subscriptions, in: try layout.root.open(), limit: 4 << 20)
            return Subscriptions(bytes, separator: separator, format: location.format)
        } catch {
            if error == .noSuchFileOrDirectory { return Subscriptions() }
            throw StoreError(.system(error), action: "read subscriptions", subject: location.root)
        }
    }

    private func changeSubscriptions(_ change: (inout Subscriptions) -> Bool) throws(StoreError) {
        let (folder, name) = (location.root, layout.subscriptions)
        let root = try storing("open folder", folder) { () throws(Errno) in try layout.root.make() }
        let lock = try storing("lock subscriptions", folder) { () throws(Errno) in
            try DotLock.acquire(name + ".lock", in: root, patience: .index)
        }
        guard let lock else { throw StoreError(.locked, action: "lock subscriptions", subject: folder) }
        var subscriptions = try readSubscriptions()
        guard change(&subscriptions) else { return }
        let encoded = subscriptions.encoded
        _ = try storing("write subscriptions", folder) { () throws(Errno) in
            try replaceFile(name, with: encoded, in: root, ordersNames: fileSystemOrdersNames(root))
        }
        _ = consume lock
    }
}
