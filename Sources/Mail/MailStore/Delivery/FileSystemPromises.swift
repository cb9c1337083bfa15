// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import POSIX
internal import SystemPackage

private let ext = 0xEF53 as Int64
private let xfs = 0x5846_5342 as Int64
private let btrfs = 0x9123_683E as Int64
private let tmpfs = 0x0102_1994 as Int64

/// Whether the file system of `directory` has names change on the disk in the order in which they were changed, so that
/// fsync(2) of a file makes its newest name durable too (Documentation/QueueStates.md; tmpfs keeps nothing anyway).
///
/// Elsewhere a power cut may keep the removal of a rename and lose the new name, and may keep the name of a directory
/// without the directory: ext4 without a journal, and whatever is not known.
func fileSystemOrdersNames(_ directory: borrowing Descriptor) -> Bool {
    switch linux_filesystem_type(directory.number) {
    case xfs, btrfs, tmpfs: true
    case ext: (try? directory.status()).map { hasJournal(device: $0.device) } ?? false
    default: false
    }
}

/// Whether one fsync(2) commits all that was written to the file system of `directory` before.
///
/// Others find nothing left to do then: where there is one journal. btrfs writes a log for each file.
func fileSystemSharesFlushes(_ directory: borrowing Descriptor, ordersNames: Bool) -> Bool {
    ordersNames && linux_filesystem_type(directory.number) != btrfs
}

/// How long after a change another one may get the same time on a file system that keeps whole seconds, or two, in
/// nanoseconds.
let wholeSecondsDoubt: Int64 = 2_000_000_000

/// How long after a change on the file system of `directory` another one may get the same time, in nanoseconds.
///
/// Where the kernel gives the times, they are those of its last clock tick, 10 ms at the most; a server of NFS has a clock
/// of its own, and others keep whole seconds.
func fileSystemTimeDoubt(_ directory: borrowing Descriptor) -> Int64 {
    switch linux_filesystem_type(directory.number) {
    case ext, xfs, btrfs, tmpfs: 20_000_000
    default: wholeSecondsDoubt
    }
}

/// Makes directories durable that were just made in `directory`, where its file system keeps no order.
///
/// ext4 without a journal may give a new directory the inode number of a file whose name is still on the disk: after a
/// power cut the directory has two names, and e2fsck takes one of them away. So all names are written out first.
func synchronizeNewDirectories(_ names: [String], in directory: borrowing Descriptor) throws(Errno) {
    for name in names { try synchronizeDirectory(directory.open(name, .directory)) }
    guard linux_filesystem_type(directory.number) == ext else { return }
    let failure = linux_sync_filesystem(directory.number)
    guard failure >= 0 else { throw Errno(rawValue: -failure) }
}

/// Whether a block device holds an ext4 with a journal in itself, which has the inode number 8.
///
/// The kernel tells it by a folder in /proc; only names are asked for, which a sandbox allows. No where it cannot be
/// found out.
private func hasJournal(device: UInt64) -> Bool {
    let major = (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000
    let minor = device & 0xff | (device >> 12) & 0xffff_ff00
    guard let link = try? linkTarget("/sys/dev/block/\(major):\(minor)"), let name = link.split(separator: "/").last
    else { return false }
    return (try? fileStatus("/proc/fs/jbd2/\(name)-8")) != nil
}
