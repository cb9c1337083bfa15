// SPDX-License-Identifier: Apache-2.0
#if DEBUG || RELAIS_CRASH_POINTS
    internal import Glibc
    internal import POSIX
#endif

/// The moments between two system calls at which the crash tests kill the process.
///
/// `Documentation/QueueStates.md` says for each what a restart finds. Only debug builds and the build of `libexec/test`
/// have them, no package does.
package enum CrashPoint: String, CaseIterable, Sendable {
    case acceptOpened = "queue.accept.opened"
    case acceptLocked = "queue.accept.locked"
    case acceptContentWritten = "queue.accept.content-written"
    case acceptBeforeHeader = "queue.accept.before-header"
    case acceptHeaderWritten = "queue.accept.header-written"
    case acceptBeforeFlush = "queue.accept.before-fsync"
    case acceptFlushed = "queue.accept.after-fsync"
    case markBeforeReason = "queue.mark.before-reason"
    case markReasonWritten = "queue.mark.reason-written"
    case markWritten = "queue.mark.written"
    case moveBeforeLink = "queue.move.before-link"
    case moveLinked = "queue.move.linked"
    case moveFlushed = "queue.move.flushed"
    case moveUnlinked = "queue.move.unlinked"
    case removeBefore = "queue.remove.before-unlink"
    case removeAfter = "queue.remove.after-unlink"

    /// The variable of the environment that names the point to die at.
    package static let variable = "RELAIS_CRASH_POINT"
}

/// Kills this process (SIGKILL, as `kill -9` would) where the environment names this point; in builds for tests only.
@inline(__always)
func crashPoint(_ point: CrashPoint) {
    #if DEBUG || RELAIS_CRASH_POINTS
        guard environmentValue(CrashPoint.variable) == point.rawValue else { return }
        kill(getpid(), SIGKILL)
        // The signal may be taken a moment later: nothing more may happen until then.
        while true { pause() }
    #endif
}
