// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailSession
internal import MailStore

/// LIST (RFC 3501 section 6.3.8), also in its extended form (RFC 5258, RFC 5819, RFC 6154).
@Loop
enum ListCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .list(let list) = request else { return Completion("") }
        if !list.isExtended, list.patterns.allSatisfy(\.isEmpty) {
            session.writer.listSeparator(session.separator)
            return Completion("List completed.")
        }
        let mailboxes = try await session.mailboxes()
        for line in ListSelection(list, mailboxes).lines {
            session.writer.list(
                line.attributes,
                separator: mailboxes.separator,
                line.item.name,
                hasSelectedChildren: line.hasSelectedChildren
            )
            guard !list.status.isEmpty, line.item.isSelectable, let stored = line.item.stored else { continue }
            // A mailbox that cannot be read has no figures; the list goes on (RFC 5819 section 2).
            if let figures = try? await StatusCommand.figures(stored, list.status, session.user.storage) {
                session.writer.status(line.item.name, figures)
            }
            session.touch()
        }
        return Completion("List completed.")
    }
}

/// LSUB (RFC 3501 section 6.3.9).
@Loop
enum LsubCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .lsub(let reference, let pattern) = request else { return Completion("") }
        if pattern.isEmpty {
            session.writer.lsub([.noSelect], separator: session.separator, .inbox)
            return Completion("Lsub completed.")
        }
        let mailboxes = try await session.mailboxes()
        let wanted = pattern.relative(to: reference)
        var written: Set<IMAPMailboxName> = []
        let subscribed = mailboxes.items.filter(\.isSubscribed)
        for item in subscribed where wanted.matches(item.name.utf8, separator: mailboxes.separator) {
            written.insert(item.name)
            session.writer.lsub(item.exists ? [] : [.noSelect], separator: mailboxes.separator, item.name)
        }
        // With `%` a level stands for what is subscribed to below it.
        for item in subscribed where !written.contains(item.name) {
            for parent in mailboxes.parents(of: item.name)
            where wanted.matches(parent.utf8, separator: mailboxes.separator) && written.insert(parent).inserted {
                session.writer.lsub([.noSelect], separator: mailboxes.separator, parent)
            }
        }
        return Completion("Lsub completed.")
    }
}

/// Chooses the lines of a LIST.
struct ListSelection {
    /// A line of the response.
    struct Line {
        let item: MailboxList.Item
        let attributes: [ListAttribute]
        let hasSelectedChildren: Bool
    }

    private let request: ListRequest
    private let patterns: [ListPattern]
    private let mailboxes: MailboxList

    init(_ request: ListRequest, _ mailboxes: MailboxList) {
        self.request = request
        self.mailboxes = mailboxes
        patterns = request.patterns.map { $0.relative(to: request.reference) }
    }

    /// The lines in the order of the mailboxes.
    var lines: [Line] {
        let isRecursive = request.selection.contains(.recursiveMatch)
        var above: Set<IMAPMailboxName> = []
        if isRecursive {
            for item in mailboxes.items where isSelected(item) && !matches(item.name) {
                above.formUnion(mailboxes.parents(of: item.name))
            }
        }
        var lines: [Line] = []
        var listed: Set<IMAPMailboxName> = []
        for item in mailboxes.items where matches(item.name) {
            let hasSelectedChildren = above.contains(item.name)
            guard isSelected(item) || hasSelectedChildren else { continue }
            listed.insert(item.name)
            lines.append(
                Line(item: item, attributes: attributes(item), hasSelectedChildren: hasSelectedChildren)
            )
        }
        // Levels that only subscriptions know.
        for name in above.subtracting(listed).sorted(by: { $0.string < $1.string }) where matches(name) {
            let item = MailboxList.Item(
                name: name,
                stored: nil,
                exists: false,
                isSelectable: false,
                hasChildren: false,
                isSubscribed: false,
                specialUses: []
            )
            guard !mailboxes.items.contains(where: { $0.name == name }) else { continue }
            lines.append(Line(item: item, attributes: [.nonExistent], hasSelectedChildren: true))
        }
        return lines
    }

    private func matches(_ name: IMAPMailboxName) -> Bool {
        patterns.contains { $0.matches(name.utf8, separator: mailboxes.separator) }
    }

    private func isSelected(_ item: MailboxList.Item) -> Bool {
        if request.selection.contains(.subscribed) && !item.isSubscribed { return false }
        if request.selection.contains(.specialUse) && item.specialUses.isEmpty { return false }
        // What does not exist is shown only to those who ask for subscriptions.
        return item.exists || request.selection.contains(.subscribed)
    }

    private func attributes(_ item: MailboxList.Item) -> [ListAttribute] {
        var attributes: [ListAttribute] = []
        if !item.exists {
            attributes.append(.nonExistent)
        } else {
            if !item.isSelectable { attributes.append(.noSelect) }
            attributes.append(item.hasChildren ? .hasChildren : .hasNoChildren)
        }
        if item.isSubscribed && (request.returns.contains(.subscribed) || request.selection.contains(.subscribed)) {
            attributes.append(.subscribed)
        }
        return attributes + item.specialUses
    }
}

extension IMAPSession {
    /// The user's mailboxes as they are now.
    func mailboxes() async throws -> MailboxList {
        try await makeConfiguredMailboxes()
        let storage = user.storage
        let names = service.names
        return try await offload { () throws(StoreError) in try MailboxList(storage, names) }
    }
}
