// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
package import LookupTables
internal import POSIX

/// Files that a running worker cannot follow: it retires, and its successor opens them anew.
extension Worker {
    /// How often it looks, in nanoseconds.
    private static let watchInterval = Int64.seconds(5)

    /// Keeps tables up to date, and retires where one has changed that only `prepare` may open.
    ///
    /// A table that the rights of this process still reach is taken in place, by a look-up or here.
    ///
    /// A second call takes the place of the first one, as after a reload.
    package func leave(onChangeOf tables: TableList) {
        tableWatches &+= 1
        guard tables.hasFiles else { return }
        watch(tables, tableWatches)
    }

    private func watch(_ tables: TableList, _ number: Int) {
        Loop.after(Self.watchInterval) { [weak self] in
            Loop.spawn {
                guard let self, !self.isRetiring, self.tableWatches == number else { return }
                await tables.look()
                guard !self.isRetiring, self.tableWatches == number else { return }
                guard tables.needsNewProcess else { return self.watch(tables, number) }
                self.start.log.info("a lookup table that this process may not open has changed -- restarting")
                self.retire()
            }
        }
    }

    /// Checks every few seconds whether the path means another folder, such as that of a disk mounted there since, and
    /// retires then: this worker's sandbox is bound to the folder that was there when it started.
    package func leave(onReplacementOf path: String) {
        let first = FolderIdentity(path)
        retire(because: "\(path) is another folder than before") { FolderIdentity(path) != first }
    }

    private func retire(because reason: String, when isTrue: @escaping @Loop () -> Bool) {
        Loop.after(Self.watchInterval) { [weak self] in
            guard let self, !self.isRetiring else { return }
            guard isTrue() else { return self.retire(because: reason, when: isTrue) }
            self.start.log.info("\(reason) -- restarting")
            self.retire()
        }
    }

    /// Which folder a path means.
    private struct FolderIdentity: Equatable {
        let device: UInt64
        let inode: UInt64

        /// nil where there is none, or none that may be looked at.
        init?(_ path: String) {
            guard let status = try? fileStatus(path) else { return nil }
            device = status.device
            inode = status.inode
        }
    }
}
