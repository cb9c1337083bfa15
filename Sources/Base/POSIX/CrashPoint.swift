// SPDX-License-Identifier: Apache-2.0
#if DEBUG || RELAIS_CRASH_POINTS
    internal import Glibc
#endif

/// The moments in a message's life at which the crash tests kill a process, of all programs.
///
/// `Documentation/QueueStates.md` says for each what a restart finds. Only debug builds and the build of `libexec/test`
/// have them, no package does.
package enum CrashPoint: String, CaseIterable, Sendable {
    // The queue file (MailQueue).
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

    // The mailbox (MailStore).
    case maildirCreated = "maildir.created"
    case maildirWritten = "maildir.written"
    case maildirRenamed = "maildir.renamed"
    case maildirFlushed = "maildir.flushed"
    case mboxLocked = "mbox.locked"
    case mboxWritten = "mbox.written"
    case mboxFlushed = "mbox.flushed"

    // Between the programs.
    case cleanupCommitted = "cleanup.committed"
    case cleanupTold = "cleanup.told"
    case smtpdAccepted = "smtpd.accepted"
    case qmgrAdmitted = "qmgr.admitted"
    case qmgrVerdict = "qmgr.verdict"
    case qmgrReported = "qmgr.reported"
    case qmgrDone = "qmgr.done"
    case agentRequested = "agent.requested"
    case agentDelivered = "agent.delivered"
    case agentAnswered = "agent.answered"
    case bounceRequested = "bounce.requested"
    case bounceSubmitted = "bounce.submitted"

    /// The variable of the environment that names the point to die at.
    package static let variable = "RELAIS_CRASH_POINT"
    /// The variable that names a file; while that file names a point, processes stop there (SIGSTOP) until they are
    /// killed or continued: so that a test can look at the queue as it is at that moment.
    package static let fileVariable = "RELAIS_CRASH_POINT_FILE"
}

/// Kills this process (SIGKILL, as `kill -9` would) where the environment names this point, or stops it where the file
/// does that the environment names; in builds for tests only.
@inline(__always)
package func crashPoint(_ point: CrashPoint) {
    #if DEBUG || RELAIS_CRASH_POINTS
        if environmentValue(CrashPoint.variable) == point.rawValue { raise(SIGKILL) }
        guard let path = environmentValue(CrashPoint.fileVariable),
            let bytes = try? readFile(path, limit: 256), bytes == Array("\(point.rawValue)\n".utf8)
        else { return }
        raise(SIGSTOP)
    #endif
}
