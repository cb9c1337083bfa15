// SPDX-License-Identifier: Apache-2.0
internal import CLMDB

/// An LMDB file opened for reading, with one read transaction for its whole life.
///
/// The file is never changed in place by relais (``TableBuilder`` replaces it), so one snapshot serves all lookups
/// and no lock file is needed. The library may touch its bookkeeping while reading: one thread at a time.
@safe
struct LMDBReader: ~Copyable {
    struct Failure: Error {
        let reason: String
        /// The number of the system's or of LMDB's error.
        let code: CInt

        init(_ code: CInt) {
            self.code = code
            reason = unsafe String(cString: mdb_strerror(code))
        }
    }

    /// The longest key LMDB stores, in bytes, in its usual build.
    static let keyLimit = 511

    private let environment: OpaquePointer
    private let transaction: OpaquePointer
    private let database: MDB_dbi
    /// Whether keys end with NUL, as those that Postfix writes.
    private let keysEndWithNull: Bool

    /// Opens the file, which must exist and hold a database.
    static func open(_ path: String) throws(Failure) -> LMDBReader {
        let environment = try unsafe openEnvironment(path)
        var transaction: OpaquePointer?
        var database = MDB_dbi()
        var code = unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
        if code == 0 { code = unsafe mdb_dbi_open(transaction, nil, 0, &database) }
        var keysEndWithNull = false
        if code == 0 { code = unsafe readFirstKey(transaction, database, &keysEndWithNull) }
        guard code == 0, let transaction = unsafe transaction else {
            if let transaction = unsafe transaction { unsafe mdb_txn_abort(transaction) }
            unsafe mdb_env_close(environment)
            throw Failure(code)
        }
        return unsafe LMDBReader(environment, transaction, database, keysEndWithNull)
    }

    private init(
        _ environment: OpaquePointer,
        _ transaction: OpaquePointer,
        _ database: MDB_dbi,
        _ keysEndWithNull: Bool
    ) {
        unsafe self.environment = environment
        unsafe self.transaction = transaction
        self.database = database
        self.keysEndWithNull = keysEndWithNull
    }

    deinit {
        unsafe mdb_txn_abort(transaction)
        unsafe mdb_env_close(environment)
    }

    /// Returns the value of `key`, which must hold no NUL, or nil where there is none.
    func value(for key: String) throws(Failure) -> String? {
        guard key.utf8.count + (keysEndWithNull ? 1 : 0) <= Self.keyLimit else { return nil }
        var value = unsafe MDB_val()
        var text = keysEndWithNull ? key + "\0" : key
        let code = text.withUTF8 { bytes in
            var key = unsafe MDB_val(
                mv_size: bytes.count,
                mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            )
            return unsafe mdb_get(transaction, database, &key, &value)
        }
        guard code != MDB_NOTFOUND else { return nil }
        guard code == 0 else { throw Failure(code) }
        var bytes = unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)[...]
        if unsafe bytes.last == 0 { unsafe bytes.removeLast() }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private static func openEnvironment(_ path: String) throws(Failure) -> OpaquePointer {
        var environment: OpaquePointer?
        let created = unsafe mdb_env_create(&environment)
        guard created == 0, let environment = unsafe environment else { throw Failure(created) }
        let flags = UInt32(MDB_NOLOCK | MDB_RDONLY | MDB_NOSUBDIR | MDB_NORDAHEAD)
        let opened = unsafe mdb_env_open(environment, path, flags, 0o600)
        guard opened == 0 else {
            unsafe mdb_env_close(environment)
            throw Failure(opened)
        }
        return unsafe environment
    }

    /// Sees from the first key whether the file's keys end with NUL; an empty file has neither kind.
    private static func readFirstKey(_ transaction: OpaquePointer?, _ database: MDB_dbi, _ endsWithNull: inout Bool)
        -> CInt
    {
        var cursor: OpaquePointer?
        let opened = unsafe mdb_cursor_open(transaction, database, &cursor)
        guard opened == 0 else { return opened }
        defer { unsafe mdb_cursor_close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        let code = unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
        guard code == 0 else { return code == MDB_NOTFOUND ? 0 : code }
        endsWithNull = unsafe UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size).last == 0
        return 0
    }
}
