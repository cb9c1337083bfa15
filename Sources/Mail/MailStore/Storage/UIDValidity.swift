// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Where new UIDVALIDITY values of a user's store come from: `dovecot-uidvalidity` holds the last one given, in hex.
///
/// So a mailbox that is removed and made again within a second gets another one.
struct UIDValiditySource: Sendable {
    /// The folder of the user's mailboxes.
    let root: StoreRoot
    /// The file; hidden where files are mailboxes.
    var name = "dovecot-uidvalidity"

    /// The next value: the time in seconds, or one more than the last.
    func next() -> UInt32 {
        let now = UInt32(truncatingIfNeeded: Clock.wall / 1_000_000_000)
        guard let folder = try? root.open() else { return max(1, now) }
        let text = (try? readFile(name, in: folder, limit: 64)) ?? []
        let last = UInt32(String(decoding: text.prefix(8), as: UTF8.self), radix: 16) ?? 0
        // A damaged file must not drive the values to their end.
        let value = last >= now && last < now &+ 0x1000_0000 ? last + 1 : max(1, now)
        let digits = String(value, radix: 16)
        let padded = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        // Where it cannot be written (a store for reading), the time alone has to do; as it does after a power cut, unless
        // the values have run ahead of it.
        _ = try? replaceFile(
            name,
            with: Array(padded.utf8),
            in: folder,
            ordersNames: fileSystemOrdersNames(folder),
            flushed: value > now
        )
        return value
    }
}
