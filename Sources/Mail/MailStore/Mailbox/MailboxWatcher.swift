// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import POSIX
package import SystemPackage

/// Tells that mailboxes changed (inotify(7)): its descriptor becomes readable; then read it empty and `synchronise`.
package struct MailboxWatcher: ~Copyable, Sendable {
    /// To wait for with the event loop; non-blocking.
    package let descriptor: Descriptor

    /// A watcher of nothing yet.
    package init() throws(Errno) {
        descriptor = Descriptor(owning: try check(linux_inotify_create()))
    }

    /// What to be told of: names that come, go or change, and an mbox that is written (IN_MODIFY).
    private static let mask = UInt32(linux_inotify_changes) | 0x2

    /// Watches a mailbox too.
    package func watch(_ mailbox: Mailbox) throws(Errno) {
        for path in mailbox.watchedPaths {
            try check(unsafe linux_inotify_add(descriptor.number, path, Self.mask))
        }
    }

    /// Reads all waiting events away; what they say does not matter.
    ///
    /// - Returns: whether there were any.
    package func drain() -> Bool {
        var found = false
        while let events = try? descriptor.readAvailable(4096), !events.isEmpty { found = true }
        return found
    }
}
