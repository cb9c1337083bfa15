// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// `lmdb:`, and `hash:` and `btree:` in their built form: a file `<name>.lmdb`, mapped into memory.
///
/// A file that Postfix' postmap(1) changes in place while it is open here must be opened again (``SwappedTable``).
package final class LMDBTable: LookupTable {
    package let specification: String
    private let reader: Mutex<LMDBReader>
    private let builtPath: String
    private let sourcePath: String
    private let identity: FileIdentity
    private let folds: Bool

    init(
        specification: String,
        sourcePath: String,
        identity: FileIdentity,
        folds: Bool = true
    ) throws(TableOpenError) {
        self.folds = folds
        self.specification = specification
        self.sourcePath = sourcePath
        self.identity = identity
        builtPath = TableBuilder.builtPath(for: sourcePath)
        do throws(LMDBReader.Failure) {
            reader = Mutex(try LMDBReader.open(builtPath))
        } catch {
            throw TableOpenError(
                specification: specification,
                reason: "cannot open \(builtPath): \(error.reason)",
                cause: error.code == EACCES ? .forbidden : .unavailable
            )
        }
    }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        guard LookupKey.isAcceptable(key) else { return nil }
        let folded = folds ? LookupKey.folded(key) : key
        do throws(LMDBReader.Failure) {
            return try reader.withLock { reader throws(LMDBReader.Failure) in try reader.value(for: folded) }
        } catch {
            throw LookupError(table: specification, reason: error.reason)
        }
    }

    package func staleness() -> TableNotice? {
        guard let source = try? FileIdentity(path: sourcePath), source.isNewer(than: identity) else { return nil }
        return TableNotice(
            source: sourcePath,
            text: "newer than \(builtPath), which is still used; run \"mailctl map \(specification)\""
        )
    }

    package var notices: [TableNotice] { staleness().map { [$0] } ?? [] }
}
