// SPDX-License-Identifier: Apache-2.0
internal import Synchronization
internal import SystemPackage

/// A table of files, replaced in place by the next generation when the files change.
///
/// A key that is not found, or a table that fails, has the files looked at before the answer is given (at most every
/// ``missInterval``), so a new entry is known at once; any other lookup looks at them once a second. The new generation
/// is read on a thread while the old one goes on answering what it knows. Where the new files cannot be opened the old
/// content stays.
final class SwappedTable: Sendable {
    /// How old a look at the files may be for a text that is found, in nanoseconds.
    static let hitInterval: Int64 = 1_000_000_000
    /// How old a look at the files may be for the answer "not found", in nanoseconds.
    static let missInterval: Int64 = 10_000_000
    /// When files that hang are tried again, in nanoseconds.
    private static let hangInterval: Int64 = 60_000_000_000

    private struct Generation {
        var table: any LookupTable
        /// How the files were when they were last opened or tried.
        var files: FileGeneration
        /// The last look at the files.
        var looked: Int64
        /// Whether the table answers for older files than there are, or for none.
        var isBehind: Bool
        /// Whether files that have changed may not be opened with the rights of this process.
        var isOutOfReach = false
        var isReopening = false
        var waiting: [Resumption] = []
    }

    /// One thread reads files anew, so that a large or slow one holds no session.
    private static let reader = DeadlineThreads(limit: 1, patience: 30_000_000_000)

    let specification: String
    let matchesPatterns: Bool
    private let opener: TableOpener
    private let report: @Sendable (TableNotice) -> Void
    private let state: Mutex<Generation>

    /// Opens the table.
    ///
    /// - Parameters:
    ///   - specification: The `type:name`.
    ///   - opener: What opens it, now and later.
    ///   - standsInWhenUnavailable: Whether a source that cannot be read makes a table that fails until it can.
    ///   - report: Gets the remarks on later generations.
    /// - Throws: Why the table cannot be opened.
    init(
        _ specification: String,
        opener: TableOpener,
        standsInWhenUnavailable: Bool,
        report: @escaping @Sendable (TableNotice) -> Void
    ) throws(TableOpenError) {
        self.specification = specification
        self.opener = opener
        self.report = report
        // Taken first: a change while the files are read is a change.
        let files = FileGeneration(opener.files(of: specification))
        let table: any LookupTable
        var isBehind = false
        do throws(TableOpenError) {
            table = try opener.open(specification)
        } catch {
            guard error.isSourceUnavailable, standsInWhenUnavailable else { throw error }
            table = UnavailableTable(error)
            isBehind = true
        }
        matchesPatterns = table.matchesPatterns
        state = Mutex(
            Generation(table: table, files: files, looked: MonotonicClock.roughly(), isBehind: isBehind)
        )
    }

    /// The generation that answers now.
    var table: any LookupTable { state.withLock { $0.table } }

    /// Whether the files have changed and only a process with more rights can open them.
    var isOutOfReach: Bool { state.withLock { $0.isOutOfReach } }

    /// Looks `key` up in the newest generation that can be had.
    func lookup(_ key: String) async throws(LookupError) -> String? {
        if isLookDue(Self.hitInterval) { await look() }
        do throws(LookupError) {
            if let text = try table.lookup(key) { return text }
        } catch {
            guard isLookDue(Self.missInterval) else { throw error }
        }
        guard isLookDue(Self.missInterval) else { return nil }
        await look()
        return try table.lookup(key)
    }

    private func isLookDue(_ interval: Int64) -> Bool {
        let now = MonotonicClock.roughly()
        return state.withLock { now &- $0.looked >= interval }
    }

    /// Looks at the files, and takes them where they have changed.
    func look() async {
        let (known, isBehind, isReopening) = state.withLock { state in
            state.looked = MonotonicClock.roughly()
            return (state.files, state.isBehind, state.isReopening)
        }
        if isReopening { return await reopened() }
        let files = known.now()
        guard isBehind || files != known else { return }
        let isOurs = state.withLock { state in
            defer { state.isReopening = true }
            return !state.isReopening
        }
        guard isOurs else { return await reopened() }
        let (opener, specification) = (opener, specification)
        let opened = await Self.reader.run { () -> (FileGeneration, Result<any LookupTable, TableOpenError>) in
            let files = known.now()
            return (files, Result { () throws(TableOpenError) in try opener.open(specification) })
        }
        take(opened, insteadOf: known)
    }

    private func take(
        _ opened: (files: FileGeneration, table: Result<any LookupTable, TableOpenError>)?,
        insteadOf known: FileGeneration
    ) {
        var notices: [TableNotice] = []
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isReopening = false
            switch opened {
            case nil:
                state.looked = MonotonicClock.roughly() &+ Self.hangInterval
                notices = [TableNotice(source: specification, text: "its files do not answer; the old content stays")]
            case (let files, .success(let table))?:
                state.table = table
                state.files = files
                state.isBehind = false
                state.isOutOfReach = false
                notices = table.notices
            case (let files, .failure(let error))?:
                state.files = files
                state.isBehind = true
                // A file that no process could open before is not worth a new one.
                if files != known {
                    state.isOutOfReach = error.cause == .forbidden
                    notices = [TableNotice(source: specification, text: "\(error.reason); the old content stays")]
                }
            }
            return state.waiting
        }
        for notice in notices { report(notice) }
        for resumption in waiting { resumption.resume() }
    }

    /// Waits for the end of a reopening that another lookup has begun.
    private func reopened() async {
        await unsafe withUnsafeContinuation { continuation in
            let resumption = unsafe Resumption(continuation)
            let waits = state.withLock { state in
                guard state.isReopening else { return false }
                state.waiting.append(resumption)
                return true
            }
            if !waits { resumption.resume() }
        }
    }
}

/// A task that waits for a reopening.
@safe
private struct Resumption: Sendable {
    private let continuation: UnsafeContinuation<Void, Never>

    init(_ continuation: UnsafeContinuation<Void, Never>) {
        unsafe self.continuation = continuation
    }

    /// Lets the task go on; once.
    func resume() { unsafe continuation.resume() }
}

/// How the files of a table are at a moment.
struct FileGeneration: Equatable, Sendable {
    private enum File: Equatable {
        case missing
        case present(FileIdentity)
        /// A folder on the way may not be entered.
        case hidden
    }

    private let paths: [String]
    private let files: [File]

    /// Looks at the files.
    init(_ paths: [String]) {
        self.paths = paths
        files = paths.map(Self.file)
    }

    /// Looks at the same files again; one that cannot be looked at is taken for unchanged.
    func now() -> FileGeneration {
        var files = paths.map(Self.file)
        for index in files.indices where files[index] == .hidden { files[index] = self.files[index] }
        return FileGeneration(paths, files)
    }

    private init(_ paths: [String], _ files: [File]) {
        self.paths = paths
        self.files = files
    }

    private static func file(_ path: String) -> File {
        do {
            return .present(try FileIdentity(path: path))
        } catch {
            return error == .permissionDenied ? .hidden : .missing
        }
    }
}
