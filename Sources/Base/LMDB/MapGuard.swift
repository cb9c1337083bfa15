// SPDX-License-Identifier: Apache-2.0
internal import CLMDB
internal import CLinux

/// Keeps a page of an LMDB file that is gone, since the file was cut short or its disk fails, from ending the process.
///
/// In its place stands a page that is both a leaf without entries and a description of an empty database, which LMDB reads
/// without harm; whoever guards has to look whether that has happened, and use the file no more.
struct MapGuard {
    private let before: UInt64

    /// Begins to guard in this thread, in which `end` must be called.
    init() {
        _ = Self.isInstalled
        before = linux_guard_faults()
        linux_guard_begin()
    }

    /// Ends it.
    func end() { linux_guard_end() }

    /// Whether no page was gone since the begin.
    var isSound: Bool { linux_guard_faults() == before }

    /// - Throws: `MDB_CORRUPTED` where a page was gone since the begin.
    func check() throws(LMDBFile.Failure) {
        guard isSound else { throw LMDBFile.Failure(code: MDB_CORRUPTED) }
    }

    private static let isInstalled: Bool = {
        let page = emptyPage
        return unsafe page.withUnsafeBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe linux_guard_maps($0, bytes.count) } == 0
        }
    }()

    /// struct MDB_page, and struct MDB_meta behind its head, of LMDB 0.9.
    private static var emptyPage: [UInt8] {
        var bytes: [UInt8] = []
        func add<T: FixedWidthInteger>(_ value: T) {
            for shift in stride(from: 0, to: T.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
            }
        }
        let head = UInt16(16)
        add(UInt64(0))
        add(UInt16(0))
        // P_LEAF; the room for entries is empty and reaches to the end.
        add(UInt16(2))
        add(head)
        add(UInt16(4096))
        // Magic, version, address, size, which nobody asks of a map; read as places of entries they lie within the page.
        for _ in 0..<3 { add(UInt64(0)) }
        // The free pages (MDB_INTEGERKEY) and the entries: no pages, P_INVALID as root.
        for flags in [UInt64(8), 0] {
            add(flags << 32)
            for _ in 0..<4 { add(UInt64(0)) }
            add(UInt64.max)
        }
        // The last page, the transaction's number.
        add(UInt64(1))
        add(UInt64(0))
        return bytes
    }
}
