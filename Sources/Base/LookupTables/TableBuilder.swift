// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import SystemPackage

/// Builds the LMDB file of a `hash:`, `btree:` or `lmdb:` table from its text source, as postmap(1) does.
package struct TableBuilder: Sendable {
    /// What was built.
    package struct Outcome: Equatable, Sendable {
        /// The file that was written.
        package let path: String
        /// The number of entries in it.
        package let count: Int
        /// What was wrong with the source; the lines concerned are left out.
        package let notices: [TableNotice]
    }

    private let opener: TableOpener

    /// Creates a builder; names and the source's format are taken as `opener` takes them.
    package init(opener: TableOpener = TableOpener()) {
        self.opener = opener
    }

    /// The file that is built from the source at `path`.
    package static func builtPath(for path: String) -> String { "\(path).lmdb" }

    /// Builds the table: into a file of a temporary name, which is flushed and then takes the place of the old one,
    /// so that readers see the old or the new table and a crash leaves either.
    package func build(specification: String) throws(TableOpenError) -> Outcome {
        func failure(_ reason: String) -> TableOpenError {
            TableOpenError(specification: specification, reason: reason)
        }
        let (type, name) = try opener.split(specification)
        guard TableType(rawValue: type)?.isBuilt == true else {
            throw failure("a \(type): table is not built; hash:, btree: and lmdb: are")
        }
        let source = opener.path(name)
        let file: TableFile
        do throws(Errno) {
            file = try TableFile(reading: source)
        } catch {
            throw failure("cannot read \(source): \(error)")
        }
        let parser = TextTableParser(file.contents, source: source, format: opener.sourceFormat)
        var notices = parser.notices
        let entries = parser.entries.pairs.filter { entry in
            guard entry.key.utf8.count > LMDBReader.keyLimit else { return true }
            notices.append(
                TableNotice(source: source, text: "a key is longer than \(LMDBReader.keyLimit) bytes; entry ignored")
            )
            return false
        }
        let target = Self.builtPath(for: source)
        let temporary = "\(target).\(getpid()).\(UInt32.random(in: .min ... .max))"
        defer { unsafe unlink(temporary) }
        do throws(LMDBReader.Failure) {
            try LMDBWriter.write(entries, to: temporary)
        } catch {
            throw failure("cannot write \(temporary): \(error.reason)")
        }
        do throws(Errno) {
            try Self.putInPlace(temporary, target, like: file.source.identity)
        } catch {
            throw failure("cannot put \(target) in its place: \(error)")
        }
        return Outcome(path: target, count: entries.count, notices: notices)
    }

    private static func putInPlace(_ path: String, _ target: String, like source: FileIdentity) throws(Errno) {
        try withDescriptor(path, O_RDONLY) { descriptor throws(Errno) in
            // Who may read the source may read what is built from it, and nobody else. Only root can give files away.
            if geteuid() == 0 { try check(fchown(descriptor, source.owner, source.group)) }
            try check(fchmod(descriptor, 0o600 | source.mode & 0o044))
            try check(fsync(descriptor))
        }
        try check(unsafe rename(path, target))
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
        try withDescriptor(folder, O_RDONLY | O_DIRECTORY) { descriptor throws(Errno) in try check(fsync(descriptor)) }
    }

    private static func withDescriptor(
        _ path: String,
        _ flags: CInt,
        _ body: (CInt) throws(Errno) -> Void
    ) throws(Errno) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC)
        try check(descriptor)
        defer { close(descriptor) }
        try body(descriptor)
    }

    private static func check(_ result: CInt) throws(Errno) {
        guard result >= 0 else { throw Errno(rawValue: errno) }
    }
}
