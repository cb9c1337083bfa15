// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// How long a lock is tried for, and when one left behind is taken away.
package struct LockPatience: Sendable, Equatable {
    /// How often it is tried.
    package let attempts: Int
    /// Nanoseconds between two attempts.
    package let delay: Int64
    /// Nanoseconds without change after which a lock file counts as left behind.
    package let staleAfter: Int64
    /// The same for one that does not say whose it is: where all programs write that at once, only a crash leaves it out.
    package let namelessStaleAfter: Int64

    /// `namelessStaleAfter` nil: as any other.
    package init(attempts: Int, delay: Int64, staleAfter: Int64, namelessStaleAfter: Int64? = nil) {
        self.attempts = max(1, attempts)
        self.delay = delay
        self.staleAfter = staleAfter
        self.namelessStaleAfter = namelessStaleAfter ?? staleAfter
    }

    /// Of `deliver_lock_attempts`, `deliver_lock_delay` and `stale_lock_time`.
    package static let delivery = LockPatience(attempts: 20, delay: 1_000_000_000, staleAfter: 500_000_000_000)
    /// Of Dovecot's files: two minutes; two seconds where a power cut has left the name without its content.
    package static let index = LockPatience(
        attempts: 12_000,
        delay: 10_000_000,
        staleAfter: 120_000_000_000,
        namelessStaleAfter: 2_000_000_000
    )
    /// Of an mbox that a reader works with.
    package static let mailbox = LockPatience(attempts: 600, delay: 50_000_000, staleAfter: 300_000_000_000)
}

/// A lock file that exists while this value lives: `name.lock`, made with O_EXCL, as all mail programs do.
///
/// It says `pid:host`, or nothing where it is a mark; one whose process is gone from this host, or that is older than the patience allows, is stale
/// and taken away.
struct DotLock: ~Copyable {
    /// How a lock file is made and removed.
    struct Making: Sendable {
        /// With the thread's own group, and saying whose it is.
        static let own = Making(group: nil, isMark: false)

        /// The group to make and remove it with; nil for the thread's own.
        let group: UInt32?
        /// Whether it stays empty: in a folder whose files the process may make but not open.
        let isMark: Bool
    }

    private let directory: Descriptor
    private let name: String
    private let making: Making

    /// Takes the lock; nil when another program held it all the time.
    static func acquire(
        _ name: String,
        in directory: borrowing Descriptor,
        patience: LockPatience,
        making: Making = .own
    ) throws(Errno) -> DotLock? {
        let place = try directory.duplicate()
        for attempt in 1...patience.attempts {
            do throws(Errno) {
                let mode = making.isMark ? OpenMode.mark : .createNew
                let file = try acting(as: making.group) { () throws(Errno) in
                    try place.open(name, mode, permissions: 0o600)
                }
                if !making.isMark { try? file.write(Array("\(processID):\(hostName())".utf8), at: 0) }
                return DotLock(directory: place, name: name, making: making)
            } catch {
                guard error == .fileExists else { throw error }
            }
            if isStale(name, in: place, patience: patience) {
                try? acting(as: making.group) { () throws(Errno) in removeStale(name, in: place) }
            } else if attempt < patience.attempts {
                Clock.pause(nanoseconds: patience.delay)
            }
        }
        return nil
    }

    private init(directory: consuming Descriptor, name: String, making: Making) {
        self.directory = directory
        self.name = name
        self.making = making
    }

    deinit {
        let number = directory.number
        try? acting(as: making.group) { () throws(Errno) in try removeBorrowed(number, name) }
    }

    private static func isStale(_ name: String, in directory: borrowing Descriptor, patience: LockPatience) -> Bool {
        guard let status = try? directory.status(of: name) else { return false }
        let age = Clock.wall &- max(status.changed, status.modified)
        if age > patience.staleAfter { return true }
        // Nobody who locks makes a link, a FIFO or a folder.
        guard status.kind == .regular else { return age > patience.namelessStaleAfter }
        guard let file = try? directory.open(name, .readNoFollow),
            let text = try? file.read(at: 0, count: 300)
        else {
            // Without a journal the name may mean another owner's file or even a directory by now.
            return age > patience.namelessStaleAfter
        }
        let parts = String(decoding: text, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let pid = Int32(parts[0]), pid > 0 else {
            // A power cut may keep the name without the content; without a journal, with that of another file.
            return age > patience.namelessStaleAfter
        }
        guard parts[1] == hostName() else { return false }
        do throws(Errno) {
            try sendSignal(0, to: pid)
            return false
        } catch {
            return error == .noSuchProcess
        }
    }

    /// Takes a stale lock away; where another process was quicker and the lock is a live one by now, it is put back.
    private static func removeStale(_ name: String, in directory: borrowing Descriptor) {
        guard let before = try? directory.status(of: name) else { return }
        let aside = "\(name).stale.\(processID).\(randomBytes(4).map(String.init).joined())"
        guard (try? directory.rename(name, to: aside, in: directory)) != nil else { return }
        if let after = try? directory.status(of: aside), after.inode != before.inode {
            if (try? directory.renameNew(aside, to: name, in: directory)) != nil { return }
        }
        if before.kind == .directory { try? directory.removeDirectory(aside) } else { try? directory.remove(aside) }
    }
}

/// unlinkat(2) in a directory that the caller keeps open.
private func removeBorrowed(_ number: Int32, _ name: String) throws(Errno) {
    let directory = Descriptor(owning: number)
    do throws(Errno) {
        try directory.remove(name)
        _ = directory.release()
    } catch {
        _ = directory.release()
        throw error
    }
}
