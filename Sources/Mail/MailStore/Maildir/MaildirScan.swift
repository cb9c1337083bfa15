// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// The open directories of a Maildir; sessions of a process on the same one share them, for descriptors are few.
final class MaildirDirectories: Sendable {
    let path: String
    let root: Descriptor
    let tmp: Descriptor
    let new: Descriptor
    let cur: Descriptor
    /// Whether a rename is either done or not after a power cut, and fsync(2) of a file makes its name durable too.
    let ordersNames: Bool
    /// How long after a change of a directory another one may get the same time, in nanoseconds.
    let timeDoubt: Int64

    /// Which folders these are, the root, `tmp`, `new` and `cur`: while they are open their inodes mean no others.
    private let identities: [Identity]

    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
        }
    }

    private struct Opened {
        private struct Entry {
            weak var directories: MaildirDirectories?
        }

        private var entries: [String: Entry] = [:]
        private var limit = 64

        subscript(_ path: String) -> MaildirDirectories? { entries[path]?.directories }

        mutating func keep(_ directories: MaildirDirectories) {
            if entries.count >= limit {
                entries = entries.filter { $0.value.directories != nil }
                limit = max(64, entries.count * 2)
            }
            entries[directories.path] = Entry(directories: directories)
        }
    }

    private static let opened = Mutex(Opened())

    /// Takes an open folder as a Maildir, or gives what another session has open; a missing `tmp`, `new` or `cur` is made.
    static func open(_ path: String, _ root: consuming Descriptor) throws(Errno) -> MaildirDirectories {
        // The path may mean another Maildir by now, or one of its folders may have been made anew.
        if let open = opened.withLock({ $0[path] }), open.identities == (try? identities(root)) { return open }
        let fresh = try MaildirDirectories(path, root, ordersNames: nil)
        opened.withLock { $0.keep(fresh) }
        return fresh
    }

    private static func identities(_ root: borrowing Descriptor) throws(Errno) -> [Identity] {
        [
            Identity(try root.status()), Identity(try root.status(of: "tmp")), Identity(try root.status(of: "new")),
            Identity(try root.status(of: "cur")),
        ]
    }

    /// Opens a Maildir for one session alone; `ordersNames` nil asks the file system.
    convenience init(path: String, ordersNames: Bool? = nil) throws(Errno) {
        try self.init(path, try Descriptor.open(path, .directory), ordersNames: ordersNames)
    }

    private init(_ path: String, _ root: consuming Descriptor, ordersNames: Bool?) throws(Errno) {
        self.path = path
        self.ordersNames = ordersNames ?? fileSystemOrdersNames(root)
        timeDoubt = fileSystemTimeDoubt(root)
        for name in ["tmp", "new", "cur"] where (try? root.status(of: name)) == nil {
            try? root.makeDirectory(name, permissions: 0o700)
            if !self.ordersNames { try synchronizeNewDirectories([name], in: root) }
        }
        tmp = try root.open("tmp", .directoryNoFollow)
        new = try root.open("new", .directoryNoFollow)
        cur = try root.open("cur", .directoryNoFollow)
        identities = [
            Identity(try root.status()), Identity(try tmp.status()), Identity(try new.status()),
            Identity(try cur.status()),
        ]
        self.root = root
    }
}

/// A file of a Maildir: where its name is in the buffer of `MaildirFiles`, and what the name says.
struct MaildirEntry {
    /// The inode, as the directory names it.
    var inode: UInt64
    var offset: UInt32
    var length: UInt16
    var baseLength: UInt16
    var keywords: UInt32
    var flags: MessageFlags
    /// Whether it lies in `new/`; otherwise in `cur/`.
    var inNew: Bool
}

/// The files of a Maildir with their names in one buffer.
struct MaildirFiles {
    private(set) var bytes: [UInt8] = []
    var entries: [MaildirEntry] = []

    /// The name of a file.
    func name(_ entry: MaildirEntry) -> ArraySlice<UInt8> {
        let start = Int(entry.offset)
        return bytes[start..<start + Int(entry.length)]
    }

    /// The part of the name that identifies the message.
    func base(_ entry: MaildirEntry) -> ArraySlice<UInt8> {
        name(entry).prefix(Int(entry.baseLength))
    }

    /// The name for system calls.
    func path(_ entry: MaildirEntry) -> String {
        String(decoding: name(entry), as: UTF8.self)
    }

    /// An entry for a name, which is added to the buffer; nil for what is no message.
    mutating func entry(_ name: borrowing Span<UInt8>, inode: UInt64, inNew: Bool) -> MaildirEntry? {
        guard let parsed = MaildirFileName(name), let offset = UInt32(exactly: bytes.count) else { return nil }
        var plain = true
        for index in name.indices where name[index] < 0x20 || name[index] >= 0x7f { plain = false }
        if !plain {
            // A list of lines cannot name files with control characters, nor a String those that are not UTF-8.
            let copy = name.indices.map { name[$0] }
            guard copy.allSatisfy({ $0 >= 0x20 }), String(validating: copy, as: UTF8.self) != nil else { return nil }
        }
        unsafe name.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return MaildirEntry(
            inode: inode,
            offset: offset,
            length: UInt16(name.count),
            baseLength: UInt16(parsed.baseLength),
            keywords: parsed.keywords,
            flags: parsed.flags,
            inNew: inNew
        )
    }

    /// Adds the messages of a directory.
    mutating func read(_ directory: borrowing Descriptor, inNew: Bool) throws(Errno) {
        var files = self
        self = MaildirFiles()
        defer { self = files }
        try directory.forEachFile { name, inode in
            if let entry = files.entry(name, inode: inode, inNew: inNew) { files.entries.append(entry) }
        }
    }
}

/// The times of the directories of a Maildir, which tell whether it has to be read again.
struct MaildirStamp: Equatable {
    let new: Int64
    let cur: Int64
    let taken: Int64
    /// A directory that changed so recently, in nanoseconds, is read again: the next change may have given it the same time.
    let doubt: Int64

    init(_ directories: MaildirDirectories) throws(Errno) {
        let taken = Clock.wall
        let new = try directories.new.status().modified
        let cur = try directories.cur.status().modified
        self.init(new: new, cur: cur, taken: taken, doubt: directories.timeDoubt)
    }

    /// A stamp of the times of `new` and `cur`, in nanoseconds.
    init(new: Int64, cur: Int64, taken: Int64, doubt: Int64) {
        self.new = new
        self.cur = cur
        self.taken = taken
        // ext4 keeps whole seconds, too, where it was made with small inodes.
        self.doubt = [new, cur].contains { $0 % 1_000_000_000 == 0 } ? max(doubt, wholeSecondsDoubt) : doubt
    }

    /// Whether what was read after this stamp was taken still holds at a later one.
    func holds(at later: MaildirStamp) -> Bool {
        new == later.new && cur == later.cur && taken &- max(new, cur) > doubt
    }

    /// Whether nothing changed while a scan between the two went on.
    func isStable(at later: MaildirStamp) -> Bool {
        new == later.new && cur == later.cur && taken &- cur > 50_000_000
    }
}
