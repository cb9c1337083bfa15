// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// Where the bytes of a new message wait until they become part of a mailbox: a file in `tmp/`, or memory.
///
/// Line ends are turned into LF. What is let go without a commit leaves nothing behind.
final class MessageSpool: Sendable {
    private struct State {
        var lineEndings = LineEndings()
        var bytes: [UInt8] = []
        var committed = false
    }

    /// The Maildir and the file's name in its `tmp/`; nil for memory.
    let place: (directories: MaildirDirectories, name: String)?
    private let file: OpenFile?
    private let state = Mutex(State())

    /// A spool in memory.
    init() {
        place = nil
        file = nil
    }

    /// A spool in `tmp/`.
    init(in directories: MaildirDirectories) throws(Errno) {
        let name = MaildirName.unique()
        file = OpenFile(try directories.tmp.open(name, .createNew))
        place = (directories, name)
    }

    deinit {
        if let place, !state.withLock({ $0.committed }) { try? place.directories.tmp.remove(place.name) }
    }

    /// Adds bytes.
    func write(_ chunk: [UInt8]) throws(Errno) {
        var failure: Errno?
        state.withLock { state in
            guard let file else { return state.lineEndings.convert(chunk.span, into: &state.bytes) }
            let offset = state.lineEndings.size
            var output: [UInt8] = []
            state.lineEndings.convert(chunk.span, into: &output)
            do throws(Errno) {
                try file.descriptor.write(output.span, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Ends the message: bytes stored, and bytes with CRLF line ends.
    func finish() throws(Errno) -> (size: Int, virtualSize: Int) {
        var failure: Errno?
        let sizes = state.withLock { state -> (Int, Int) in
            let offset = state.lineEndings.size
            var output: [UInt8] = []
            state.lineEndings.finish(into: &output)
            if file == nil { state.bytes += output }
            do throws(Errno) {
                try file?.descriptor.write(output, at: offset)
            } catch {
                failure = error
            }
            return (state.lineEndings.size, state.lineEndings.size + state.lineEndings.lines)
        }
        if let failure { throw failure }
        return sizes
    }

    /// The bytes of a spool in memory.
    var bytes: [UInt8] {
        state.withLock { $0.bytes }
    }

    /// Works with the file of a spool in `tmp/`.
    func withFile(_ body: (borrowing Descriptor) throws(Errno) -> Void) throws(Errno) {
        if let file { try body(file.descriptor) }
    }

    /// Says that the file in `tmp/` has another name now.
    func markCommitted() {
        state.withLock { $0.committed = true }
    }
}

/// A descriptor that can be an optional property of a class.
private final class OpenFile: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }
}
