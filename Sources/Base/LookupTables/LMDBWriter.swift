// SPDX-License-Identifier: Apache-2.0
internal import CLMDB

/// Writes the entries of a table into a new LMDB file.
enum LMDBWriter {
    /// Writes `entries`, whose keys are distinct, to the new file at `path`; the caller flushes and renames it.
    static func write(_ entries: [(key: String, value: String)], to path: String) throws(LMDBReader.Failure) {
        let sorted = entries.map { (Array($0.key.utf8), Array($0.value.utf8)) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
        // Pages, their headers and the padding of half-filled ones: a sparse bound, not disk space.
        let size = entries.reduce(1 << 24) { $0 + 4 * ($1.key.utf8.count + $1.value.utf8.count + 64) + 8192 }
        var environment: OpaquePointer?
        try check(unsafe mdb_env_create(&environment))
        defer { unsafe mdb_env_close(environment) }
        try check(unsafe mdb_env_set_mapsize(environment, size))
        let flags = UInt32(MDB_NOLOCK | MDB_NOSUBDIR | MDB_NOSYNC)
        try check(unsafe mdb_env_open(environment, path, flags, 0o600))
        var transaction: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, 0, &transaction))
        var isCommitted = false
        defer { if !isCommitted { unsafe mdb_txn_abort(transaction) } }
        var database = MDB_dbi()
        try check(unsafe mdb_dbi_open(transaction, nil, 0, &database))
        for (key, value) in sorted {
            let code = unsafe key.withUnsafeBytes { keyBytes in
                unsafe value.withUnsafeBytes { valueBytes in
                    var key = unsafe self.value(keyBytes)
                    var value = unsafe self.value(valueBytes)
                    return unsafe mdb_put(transaction, database, &key, &value, UInt32(MDB_APPEND))
                }
            }
            try check(code)
        }
        isCommitted = true  // whatever commit returns, it frees the transaction
        try check(unsafe mdb_txn_commit(transaction))
        try check(unsafe mdb_env_sync(environment, 1))
    }

    private static func value(_ bytes: UnsafeRawBufferPointer) -> MDB_val {
        unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    private static func check(_ code: CInt) throws(LMDBReader.Failure) {
        guard code == 0 else { throw LMDBReader.Failure(code) }
    }
}
