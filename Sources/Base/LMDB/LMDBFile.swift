// SPDX-License-Identifier: Apache-2.0
internal import CLMDB

/// An LMDB file that is open for reading and writing, without LMDB's own locks and without flushes.
///
/// One thread at a time (which `its owner` holds with a mutex, so it may be sent), and the caller holds the lock of the file: shared to read, exclusive to write. The map is for
/// reading; what is written goes through pwrite(2), so a full disk is an error and no signal.
@safe
package struct LMDBFile: ~Copyable, @unchecked Sendable {
    /// What LMDB says, as one of its codes or as an errno.
    package struct Failure: Error, Equatable {
        package let code: CInt

        /// Whether the file has reached its bound.
        package var isFull: Bool { code == MDB_MAP_FULL || code == MDB_TXN_FULL }
        /// Whether the file must not be used any more.
        package var isDamage: Bool {
            [MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_PANIC, MDB_BAD_TXN]
                .contains(code)
        }
    }

    /// The most bytes that a file may have: a bound of the file and address space, no memory.
    package static let sizeLimit = 512 << 20

    fileprivate let environment: OpaquePointer

    /// Opens a file that was verified, or an empty one, which becomes one without entries.
    package init(path: String) throws(Failure) {
        var created: OpaquePointer?
        var code = unsafe mdb_env_create(&created)
        guard code == 0, let environment = unsafe created else { throw Failure(code: code) }
        code = unsafe mdb_env_set_mapsize(environment, Self.sizeLimit)
        let pages = MapGuard()
        defer { pages.end() }
        let flags = UInt32(MDB_NOLOCK | MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOTLS)
        if code == 0 { code = unsafe mdb_env_open(environment, path, flags, 0o600) }
        guard code == 0 else {
            unsafe mdb_env_close(environment)
            throw Failure(code: code)
        }
        do throws(Failure) {
            try pages.check()
        } catch {
            unsafe mdb_env_close(environment)
            throw error
        }
        unsafe self.environment = environment
    }

    deinit {
        unsafe mdb_env_close(environment)
    }

    /// The number of LMDB's descriptor, which stays LMDB's.
    package var descriptor: CInt {
        var number: CInt = -1
        _ = unsafe mdb_env_get_fd(environment, &number)
        return number
    }
}

/// A transaction: all that is read is of one moment; what is written counts only after `commit`.
///
/// It belongs to the thread in which it began.
@safe
package struct LMDBTransaction: ~Copyable {
    private let transaction: OpaquePointer
    /// For reading: neighbours are found without a way from the root.
    private let cursor: OpaquePointer?
    private let database: MDB_dbi
    /// While reading: what LMDB does with pages in writing bears no substitutes, so there a fault still ends the process.
    private let pages: MapGuard?

    package init(_ index: borrowing LMDBFile, writes: Bool) throws(LMDBFile.Failure) {
        let pages = writes ? nil : MapGuard()
        var begun: OpaquePointer?
        var code = unsafe mdb_txn_begin(index.environment, nil, writes ? 0 : UInt32(MDB_RDONLY), &begun)
        guard code == 0, let transaction = unsafe begun else {
            pages?.end()
            throw LMDBFile.Failure(code: code)
        }
        var database = MDB_dbi()
        var cursor: OpaquePointer?
        code = unsafe mdb_dbi_open(transaction, nil, 0, &database)
        if code == 0, !writes { code = unsafe mdb_cursor_open(transaction, database, &cursor) }
        do throws(LMDBFile.Failure) {
            try pages?.check()
            try Self.check(code)
        } catch {
            if let cursor = unsafe cursor { unsafe mdb_cursor_close(cursor) }
            unsafe mdb_txn_abort(transaction)
            pages?.end()
            throw error
        }
        unsafe self.transaction = transaction
        unsafe self.cursor = cursor
        self.database = database
        self.pages = pages
    }

    deinit {
        if let cursor = unsafe cursor { unsafe mdb_cursor_close(cursor) }
        unsafe mdb_txn_abort(transaction)
        pages?.end()
    }

    /// Makes what was written count; only in a transaction that writes.
    package consuming func commit() throws(LMDBFile.Failure) {
        let transaction = unsafe self.transaction
        pages?.end()
        discard self
        try Self.check(unsafe mdb_txn_commit(transaction))
    }

    /// Works with the value of a key where there is one, as long as `body` runs.
    package func withValue(
        of key: [UInt8],
        _ body: (borrowing Span<UInt8>) -> Void
    ) throws(LMDBFile.Failure) {
        var touched: UInt8 = 0
        let code = unsafe key.withUnsafeBytes { bytes in
            var key = unsafe Self.value(bytes)
            var value = unsafe MDB_val()
            let code =
                if let cursor = unsafe cursor {
                    unsafe mdb_cursor_get(cursor, &key, &value, MDB_SET)
                } else {
                    unsafe mdb_get(transaction, database, &key, &value)
                }
            guard code == 0 else { return code }
            let start = unsafe value.mv_data?.assumingMemoryBound(to: UInt8.self)
            let found = unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : value.mv_size)
            // A page that is gone shows before `body` sees it.
            for index in stride(from: 0, to: found.count, by: 4096) { touched = touched &+ (unsafe found[index]) }
            guard pages?.isSound ?? true else { return MDB_CORRUPTED }
            unsafe body(Span(_unsafeElements: found))
            return 0
        }
        try pages?.check()
        if code != MDB_NOTFOUND { try Self.check(code) }
    }

    /// Writes a value; what the key had before is replaced.
    package func put(_ key: [UInt8], _ value: [UInt8]) throws(LMDBFile.Failure) {
        let code = unsafe key.withUnsafeBytes { keyBytes in
            unsafe value.withUnsafeBytes { valueBytes in
                var key = unsafe Self.value(keyBytes)
                var value = unsafe Self.value(valueBytes)
                return unsafe mdb_put(transaction, database, &key, &value, 0)
            }
        }
        try Self.check(code)
    }

    /// Removes a key; one that is not there is fine.
    package func remove(_ key: [UInt8]) throws(LMDBFile.Failure) {
        let code = unsafe key.withUnsafeBytes { bytes in
            var key = unsafe Self.value(bytes)
            return unsafe mdb_del(transaction, database, &key, nil)
        }
        if code != MDB_NOTFOUND { try Self.check(code) }
    }

    private static func value(_ bytes: UnsafeRawBufferPointer) -> MDB_val {
        unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    private static func check(_ code: CInt) throws(LMDBFile.Failure) {
        guard code == 0 else { throw LMDBFile.Failure(code: code) }
    }
}
