// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// One of the two meta pages of an LMDB file, as version 0.9 writes it.
struct LMDBMeta {
    /// A B+ tree of the file.
    struct Tree {
        let flags: Int
        let depth: Int
        let branchPages: Int
        let leafPages: Int
        let overflowPages: Int
        let entryCount: Int
        /// nil for an empty tree.
        let root: Int?

        /// Reads an `MDB_db`.
        init(_ page: [UInt8], at offset: Int) {
            flags = page.integer(at: offset + 4, of: 2)
            depth = page.integer(at: offset + 6, of: 2)
            branchPages = page.integer(at: offset + 8, of: 8)
            leafPages = page.integer(at: offset + 16, of: 8)
            overflowPages = page.integer(at: offset + 24, of: 8)
            entryCount = page.integer(at: offset + 32, of: 8)
            // P_INVALID, which is all ones.
            let isEmpty = page.dropFirst(offset + 40).prefix(8).allSatisfy { $0 == 0xFF }
            root = isEmpty ? nil : page.integer(at: offset + 40, of: 8)
        }
    }

    /// LMDB makes its pages as large as the machine's.
    static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    let free: Tree
    let entries: Tree
    let lastPage: Int
    let transaction: Int

    /// Reads a page; nil where it is no meta page that relais has written.
    init?(_ page: [UInt8]) {
        let isMeta = 8
        guard page.count == Self.pageSize, page.integer(at: 10, of: 2) == isMeta,
            page.integer(at: 16, of: 4) == 0xBEEF_C0DE, page.integer(at: 20, of: 4) == 1,
            page.integer(at: 40, of: 4) == Self.pageSize, page.integer(at: 88, of: 4) == 0
        else { return nil }
        free = Tree(page, at: 40)
        entries = Tree(page, at: 88)
        lastPage = page.integer(at: 136, of: 8)
        transaction = page.integer(at: 144, of: 8)
        // MDB_INTEGERKEY and MDB_NOSUBDIR of the environment; other bits would give the trees another meaning.
        guard free.flags == 0x4008, entries.flags == 0, transaction < 1 << 48 else { return nil }
    }
}

extension [UInt8] {
    /// The unsigned number of so many bytes, at most 8, in the order of the machine; what an `Int` cannot hold becomes
    /// its largest, and what lies beyond the end 0.
    func integer(at offset: Int, of width: Int) -> Int {
        guard offset >= 0, offset <= count - width else { return 0 }
        var value: UInt64 = 0
        for index in (0..<width).reversed() { value = value << 8 | UInt64(self[offset + index]) }
        return Int(clamping: value)
    }
}
