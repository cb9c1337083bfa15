// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import POSIX
internal import SystemPackage

/// The passwd-files that are in use, read when first needed and again when they have changed.
@Loop
final class PasswdFiles {
    /// Files kept at once: a path with `%d` may name many.
    private static let limit = 128
    private nonisolated static let sizeLimit = 256 << 20

    private struct Stamp: Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int
        let modified: Int64
        let changed: Int64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
            size = status.size
            modified = status.modified
            changed = status.changed
        }
    }

    private enum State {
        case loaded(Stamp, PasswdFileTable)
        case loading(Promise<Result<PasswdFileTable, Errno>>)
    }

    private let log: Logger
    private var files: [String: State] = [:]

    init(log: Logger) {
        self.log = log
    }

    /// The file as it is now.
    func table(_ path: String) async throws(Errno) -> PasswdFileTable {
        if case .loading(let promise) = files[path] { return try await promise.get().get() }
        let stamp = Stamp(try fileStatus(path))
        if case .loaded(let known, let table) = files[path], known == stamp { return table }
        let promise = Promise<Result<PasswdFileTable, Errno>>()
        if files.count >= Self.limit, files[path] == nil { files.removeAll() }
        files[path] = .loading(promise)
        let result: Result<PasswdFileTable, Errno> = await offload {
            Result { () throws(Errno) in PasswdFileTable(try readFile(path, limit: Self.sizeLimit)) }
        }
        switch result {
        case .success(let table):
            // The stamp is older than the content, never younger: at worst the file is read once more.
            files[path] = .loaded(stamp, table)
            for line in table.unusable {
                log.warning("\(path), line \(line): not a usable line, or a user who is there already; ignored")
            }
        case .failure: files[path] = nil
        }
        promise.fulfil(result)
        return try result.get()
    }
}
