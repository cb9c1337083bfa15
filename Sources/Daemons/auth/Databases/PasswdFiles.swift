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

    struct Stamp: Equatable, Sendable {
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

    /// Files that were read before rights were given up.
    struct Content: Sendable {
        fileprivate var tables: [String: (stamp: Stamp, table: PasswdFileTable)] = [:]
        private var missing: [(path: String, error: Errno)] = []

        init() {}

        /// Reads files with the rights of the start.
        init(reading paths: [String]) {
            for path in paths {
                do throws(Errno) {
                    let stamp = Stamp(try fileStatus(path))
                    tables[path] = (stamp, PasswdFileTable(try readFile(path, limit: PasswdFiles.sizeLimit)))
                } catch {
                    missing.append((path, error))
                }
            }
        }

        /// What an administrator should know of the files when `account` serves, one sentence each.
        func warnings(for account: Identity) -> [String] {
            let unreadable = tables.keys.sorted().filter { !account.mayRead($0) }
            return missing.map { "passwd-file \($0.path): \($0.error)" }
                + unreadable.map {
                    "passwd-file \($0) cannot be read by \(account.name): changes of it take effect at a reload only; chgrp \(account.name) \($0) && chmod g+r \($0) mends that"
                }
        }
    }

    private let log: Logger
    /// What holds for files that this process may not read itself.
    private let content: Content
    private var files: [String: State] = [:]

    init(_ content: Content = Content(), log: Logger) {
        self.content = content
        self.log = log
        for (path, known) in content.tables {
            files[path] = .loaded(known.stamp, known.table)
            report(known.table, path)
        }
    }

    /// The file as it is now.
    func table(_ path: String) async throws(Errno) -> PasswdFileTable {
        if case .loading(let promise) = files[path] { return try await promise.get().get() }
        let stamp: Stamp
        do throws(Errno) {
            stamp = Stamp(try fileStatus(path))
        } catch {
            if error == .permissionDenied, let known = content.tables[path] { return known.table }
            throw error
        }
        if case .loaded(let known, let table) = files[path], known == stamp { return table }
        let promise = Promise<Result<PasswdFileTable, Errno>>()
        if files.count >= Self.limit, files[path] == nil { files.removeAll() }
        files[path] = .loading(promise)
        var result: Result<PasswdFileTable, Errno> = await offload {
            Result { () throws(Errno) in PasswdFileTable(try readFile(path, limit: Self.sizeLimit)) }
        }
        if case .failure(.permissionDenied) = result, let known = content.tables[path] {
            // It is asked again only when the file has changed once more.
            result = .success(known.table)
        }
        switch result {
        case .success(let table):
            // The stamp is older than the content, never younger: at worst the file is read once more.
            files[path] = .loaded(stamp, table)
            report(table, path)
        case .failure: files[path] = nil
        }
        promise.fulfil(result)
        return try result.get()
    }

    private func report(_ table: PasswdFileTable, _ path: String) {
        for line in table.unusable {
            log.warning("\(path), line \(line): not a usable line, or a user who is there already; ignored")
        }
    }
}
