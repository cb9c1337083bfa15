// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import LMDB
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// What is known of a user's messages without reading them: a cache beside the mail, `relais.index` in its root.
///
/// Nothing depends on it: deleted it is made anew, and what is not whole is removed before LMDB sees it. It is verified
/// whenever a process opens it, so neither kill -9 nor a power cut leaves one behind that is believed; nothing is ever
/// flushed. Several processes share a file by its lock (fcntl(2), of the open file), held for the time of one
/// transaction. Where there can be none (another file system than the known local ones, folders that cannot be
/// written, no room) everything works without. All methods block; one thread at a time works.
final class MailIndex: Sendable {
    static let fileName = "relais.index"
    /// A file that is fuller than this when it is opened is begun anew: most of it is of messages that are gone.
    private static let fullSize = LMDBFile.sizeLimit / 8 * 7
    /// How long a process waits for another one's transaction, in steps of a millisecond.
    private static let patience = 50
    /// How long nothing is tried after a failure.
    private static let pause: Int64 = 10_000_000_000

    private struct Opened: ~Copyable {
        /// For the lock, and to see whether the file is still the one of that name.
        let file: Descriptor
        let environment: LMDBFile
        /// How long the file was when it was last looked at: it only grows.
        var size: Int
    }

    /// What became of a transaction.
    private enum Outcome {
        case done
        case failed
        /// Another process did not let go of the lock.
        case busy
        /// The file was deleted, replaced or cut short.
        case lost
    }

    /// The indexes of this process: sessions of the same user share one.
    private static let all = Mutex<[String: Reference]>([:])

    private struct Reference {
        weak var index: MailIndex?
    }

    private struct State: ~Copyable {
        var opened: Opened?
        /// When opening may be tried again.
        var opensFrom: Int64 = .min
        /// When writing may be tried again.
        var writesFrom: Int64 = .min
    }

    private let root: String
    private let state = Mutex(State())

    init(root: String) {
        self.root = root
    }

    /// The index of the mail below a folder; nothing is opened before the first use.
    static func shared(root: String) -> MailIndex {
        all.withLock { all in
            if let index = all[root]?.index { return index }
            if all.count.nonzeroBitCount == 1 { all = all.filter { $0.value.index != nil } }
            let index = MailIndex(root: root)
            all[root] = Reference(index: index)
            return index
        }
    }

    /// Reads; false where there is no index to read from.
    ///
    /// What `body` has got before a failure is right.
    func read(_ body: (borrowing LMDBTransaction) throws(LMDBFile.Failure) -> Void) -> Bool {
        state.withLock { state in work(&state, writes: false, body) }
    }

    /// Writes, all or nothing; false where that was not possible.
    func write(_ body: (borrowing LMDBTransaction) throws(LMDBFile.Failure) -> Void) -> Bool {
        state.withLock { state in
            guard Clock.monotonic >= state.writesFrom else { return false }
            let isWritten = work(&state, writes: true, body)
            if !isWritten { state.writesFrom = Clock.monotonic &+ Self.pause }
            return isWritten
        }
    }

    private func work(
        _ state: inout State,
        writes: Bool,
        _ body: (borrowing LMDBTransaction) throws(LMDBFile.Failure) -> Void
    ) -> Bool {
        for _ in 0..<3 {
            if state.opened == nil {
                guard Clock.monotonic >= state.opensFrom else { return false }
                state.opened = open()
                if state.opened == nil { state.opensFrom = Clock.monotonic &+ Self.pause }
            }
            guard var opened = state.opened.take() else { return false }
            switch transact(&opened, writes: writes, body) {
            case .done:
                state.opened = consume opened
                return true
            case .busy:
                state.opened = consume opened
                return false
            // It is opened anew, and so verified.
            case .failed: return false
            case .lost: continue
            }
        }
        return false
    }

    private func transact(
        _ opened: inout Opened,
        writes: Bool,
        _ body: (borrowing LMDBTransaction) throws(LMDBFile.Failure) -> Void
    ) -> Outcome {
        guard Self.lock(opened.file, exclusive: writes) else { return .busy }
        defer { opened.file.unlock() }
        guard let status = try? opened.file.status(), status.links > 0 else { return .lost }
        // Whoever touches the map behind the end of the file ends with a signal.
        guard status.size >= opened.size else {
            remove(opened.file)
            return .lost
        }
        opened.size = status.size
        do throws(LMDBFile.Failure) {
            let transaction = try LMDBTransaction(opened.environment, writes: writes)
            try body(transaction)
            guard writes else { return .done }
            try transaction.commit()
            if let status = try? opened.file.status() { opened.size = max(opened.size, status.size) }
            return .done
        } catch {
            if error.isDamage { remove(opened.file) }
            return .failed
        }
    }

    // MARK: Opening

    /// Opens the file, makes it where there is none, and replaces it where it does not hold.
    private func open() -> Opened? {
        for _ in 0..<3 {
            guard let folder = try? Descriptor.open(root, .directory), Self.isLocal(folder),
                let file = try? folder.open(Self.fileName, .updateOrCreate), Self.lock(file, exclusive: true),
                let status = try? file.status(), status.kind == .regular, status.owner == Identity.effectiveUser
            else { return nil }
            if status.links == 0 { continue }
            guard status.size == 0 || status.size < Self.fullSize && (try? LMDBVerifier.holds(file)) == true else {
                remove(file)
                continue
            }
            guard let environment = try? LMDBFile(path: root + "/" + Self.fileName) else {
                remove(file)
                return nil
            }
            var opened = stat()
            guard unsafe fstat(environment.descriptor, &opened) == 0, UInt64(opened.st_ino) == status.inode else {
                continue
            }
            file.unlock()
            return Opened(file: file, environment: environment, size: Int(opened.st_size))
        }
        return nil
    }

    /// Removes the file if it is still the one of that name; the lock is held.
    private func remove(_ file: borrowing Descriptor) {
        guard let folder = try? Descriptor.open(root, .directory), let own = try? file.status(),
            let other = try? folder.status(of: Self.fileName), own.inode == other.inode
        else { return }
        try? folder.remove(Self.fileName)
    }

    private static func lock(_ file: borrowing Descriptor, exclusive: Bool) -> Bool {
        for _ in 0..<patience {
            if (try? file.lock(exclusive: exclusive, wait: false)) == true { return true }
            usleep(1000)
        }
        return false
    }

    /// Whether the folder's file system keeps a map and what is written to the file together, for all who open it: over a
    /// network it may not.
    private static func isLocal(_ folder: borrowing Descriptor) -> Bool {
        let ext = 0xEF53 as Int64
        let xfs = 0x5846_5342 as Int64
        let btrfs = 0x9123_683E as Int64
        let tmpfs = 0x0102_1994 as Int64
        let overlay = 0x794C_7630 as Int64
        let f2fs = 0xF2F5_2010 as Int64
        let zfs = 0x2FC1_2FC1 as Int64
        let bcachefs = 0xCA45_1A4E as Int64
        return [ext, xfs, btrfs, tmpfs, overlay, f2fs, zfs, bcachefs].contains(linux_filesystem_type(folder.number))
    }
}
