// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import EventLoop
internal import Glibc
internal import MailStore
internal import POSIX
internal import SystemPackage

/// Where sessions of this process on the same mailbox meet: one is told at once what another, or another program, does.
@Loop
final class MailboxHub {
    /// Memory for formatted envelopes and structures of all mailboxes.
    private static let cacheLimit = 32 << 20
    /// How long the formatted parts of a mailbox outlive its last session: clients come back.
    private static let afterlife: Int64 = .seconds(300)

    /// A mailbox that somebody has selected, or had a moment ago.
    @Loop
    final class Entry {
        let key: [String]
        /// Whether the kernel tells of changes; otherwise each command looks by itself.
        fileprivate(set) var isWatched = false
        fileprivate var members: [ObjectIdentifier: SelectedMailbox] = [:]
        fileprivate var formatted: [UInt32: FormattedMessage] = [:]
        /// UIDVALIDITY; nil until a session has read the mailbox.
        fileprivate var validity: UInt32?
        /// How often the kernel has told of changes.
        fileprivate(set) var events = 0
        fileprivate var octets = 0
        fileprivate var farewell: Timer?
        /// How many commands are changing it without being told of each file.
        fileprivate var changes = 0

        fileprivate init(key: [String]) {
            self.key = key
        }
    }

    private var entries: [[String]: Entry] = [:]
    private var watched: [Int32: Entry] = [:]
    private var watch: Watch?
    private var inotify: Int32 = -1
    private var octets = 0

    /// Makes a session part of a mailbox that it has read after `observe` had counted so many events.
    func join(_ entry: Entry, events: Int, name: String, mailbox: Mailbox, view: MailboxView) -> SelectedMailbox {
        if entry.validity != view.uidValidity {
            // Another mailbox of the same name: its UIDs mean other messages.
            empty(entry)
            entry.validity = view.uidValidity
        }
        let selected = SelectedMailbox(name: name, mailbox: mailbox, view: view, shared: entry)
        entry.members[ObjectIdentifier(selected)] = selected
        entry.farewell?.cancel()
        entry.farewell = nil
        // What came while it was read.
        selected.hasChanged = entry.events != events
        return selected
    }

    /// Ends a session's part in its mailbox.
    func leave(_ selected: SelectedMailbox) {
        let entry = selected.shared
        entry.members[ObjectIdentifier(selected)] = nil
        guard entry.members.isEmpty else { return }
        sayFarewell(entry)
    }

    private func sayFarewell(_ entry: Entry) {
        entry.farewell?.cancel()
        entry.farewell = Loop.after(Self.afterlife) { [weak self] in self?.forget(entry) }
    }

    /// Tells the other sessions on a mailbox that it has changed.
    func noteChange(of mailbox: Mailbox, by selected: SelectedMailbox?) {
        guard let entry = entries[mailbox.watchedPaths] else { return }
        for member in entry.members.values where member !== selected { member.noteChange() }
    }

    /// From so many messages on a change is not watched.
    private static let bulk = 50

    /// Runs a command that changes so many messages of mailboxes.
    ///
    /// The kernel does not tell of each file of a large change, which would cost as much as the change; every session looks
    /// at all of it afterwards.
    func changing<Result, E: Error>(
        _ mailboxes: [Mailbox],
        messages: Int,
        _ body: () async throws(E) -> Result
    ) async throws(E) -> Result {
        let paused = messages < Self.bulk ? [] : mailboxes.compactMap { entries[$0.watchedPaths] }
        for entry in paused { pause(entry) }
        defer { for entry in paused { resume(entry) } }
        return try await body()
    }

    private func pause(_ entry: Entry) {
        entry.changes += 1
        guard entry.changes == 1 else { return }
        entry.isWatched = false
        removeWatches(entry)
    }

    private func resume(_ entry: Entry) {
        entry.changes -= 1
        if entry.changes == 0, entries[entry.key] === entry { addWatches(entry) }
        noteEvents(of: entry)
    }

    // MARK: Formatted parts of messages

    /// What is known of a message of the mailbox with that UIDVALIDITY.
    func formatted(_ uid: UInt32, in entry: Entry, validity: UInt32) -> FormattedMessage? {
        entry.validity == validity ? entry.formatted[uid] : nil
    }

    /// Keeps formatted parts, as long as there is room.
    func keep(_ parts: [(uid: UInt32, message: FormattedMessage)], in entry: Entry, validity: UInt32) {
        guard entry.validity == validity else { return }
        for (uid, message) in parts {
            let added = message.octets - (entry.formatted[uid]?.octets ?? 0)
            if octets + added > Self.cacheLimit { makeRoom(sparing: entry) }
            guard octets + added <= Self.cacheLimit else { return }
            entry.formatted[uid] = message
            entry.octets += added
            octets += added
        }
    }

    /// Drops mailboxes that nobody has selected, and if that is not enough all but the one that is in use.
    private func makeRoom(sparing spared: Entry) {
        for entry in entries.values where entry !== spared && entry.members.isEmpty { forget(entry) }
        guard octets > Self.cacheLimit / 2 else { return }
        for entry in entries.values where entry !== spared { empty(entry) }
        if octets > Self.cacheLimit / 2 { empty(spared) }
    }

    private func empty(_ entry: Entry) {
        octets -= entry.octets
        entry.octets = 0
        entry.formatted = [:]
    }

    private func forget(_ entry: Entry) {
        guard entry.members.isEmpty else { return }
        entry.farewell?.cancel()
        empty(entry)
        entries[entry.key] = nil
        removeWatches(entry)
    }

    // MARK: Changes

    /// Has the kernel tell of changes of a mailbox that a session is about to read, which joins then.
    func observe(_ mailbox: Mailbox) -> Entry {
        let entry = entries[mailbox.watchedPaths] ?? Entry(key: mailbox.watchedPaths)
        entries[entry.key] = entry
        // A mailbox that was removed and made anew has lost its watches.
        if entry.changes == 0 { addWatches(entry) }
        // Where nothing comes of it.
        if entry.members.isEmpty { sayFarewell(entry) }
        return entry
    }

    private func addWatches(_ entry: Entry) {
        guard openWatch() else { return }
        entry.isWatched = true
        for path in entry.key {
            let number = unsafe linux_inotify_add(inotify, path, UInt32(linux_inotify_changes) | 0x2)
            if number >= 0 { watched[number] = entry } else { entry.isWatched = false }
        }
    }

    private func removeWatches(_ entry: Entry) {
        for (number, other) in watched where other === entry {
            watched[number] = nil
            _ = inotify_rm_watch(inotify, number)
        }
    }

    /// One inotify(7) instance for all mailboxes: a user may have few of them.
    private func openWatch() -> Bool {
        if watch != nil { return true }
        let number = linux_inotify_create()
        guard number >= 0 else { return false }
        inotify = number
        watch = try? Watch(Descriptor(owning: number)) { [weak self] _ in self?.readEvents() }
        return watch != nil
    }

    private func readEvents() {
        var room = [UInt8](repeating: 0, count: 16_384)
        var changed: [ObjectIdentifier: Entry] = [:]
        while true {
            let count = unsafe Glibc.read(inotify, &room, room.count)
            guard count > 0 else { break }
            for number in InotifyEvents.watches(in: room.prefix(count)) {
                // -1 is the overflow of the kernel's queue: anything may have changed.
                let entries = number == -1 ? Array(entries.values) : watched[number].map { [$0] } ?? []
                for entry in entries { changed[ObjectIdentifier(entry)] = entry }
            }
        }
        for entry in changed.values { noteEvents(of: entry) }
    }

    private func noteEvents(of entry: Entry) {
        entry.events += 1
        for member in entry.members.values { member.noteChange() }
    }
}
