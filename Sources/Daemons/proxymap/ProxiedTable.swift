// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import LDAPDirectory
internal import LDAPTables
internal import Logging
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// One permitted table: ready to be asked, or the reason why it cannot be.
struct ProxiedTable: Sendable {
    let specification: String
    let state: Result<LDAPDirectory, BlockingFailure>
    /// The files that were read, as they were then.
    let files: [File]

    /// A file and what tells its replacement or change.
    struct File: Sendable, Equatable {
        let path: String
        let inode: UInt64
        let size: Int
        let changed: Int64

        /// The file as it is now; nil where there is none.
        init?(_ path: String) {
            guard let status = try? fileStatus(path) else { return nil }
            self.path = path
            inode = status.inode
            size = status.size
            changed = status.changed
        }

        /// Whether another file, or another content, is at the path; a path that cannot be looked at says nothing.
        var hasChanged: Bool {
            guard let current = File(path) else { return false }
            return current != self
        }
    }

    /// Reads the table's file and those that it names; what is wrong is logged, and becomes the answer to every question.
    init(_ specification: String, log: Logger) {
        self.specification = specification
        let path = TableFile.path(of: specification)
        let file = File(path)
        let (settings, diagnostics) = TableFile.read(specification)
        for diagnostic in diagnostics {
            switch diagnostic.severity {
            case .error: log.error("\(diagnostic)")
            case .warning: log.warning("\(diagnostic)")
            case .info: log.info("\(diagnostic)")
            }
        }
        guard let settings else {
            files = [file].compactMap { $0 }
            state = .failure(BlockingFailure("the table's configuration has errors", isOutOfReach: false))
            return
        }
        let tls = settings.tls
        let more = [tls.caFile, tls.certificate, tls.key].filter { !$0.isEmpty }.map { File($0) }
        files = ([file] + more).compactMap { $0 }
        state = Result { () throws(BlockingFailure) in try LDAPDirectory(settings) }
        if case .failure(let failure) = state { log.error("\(specification): \(failure)") }
    }
}
