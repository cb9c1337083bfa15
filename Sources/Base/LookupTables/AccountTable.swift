// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import POSIX
internal import SystemPackage

/// `unix:passwd.byname` and `unix:group.byname`: the system's accounts as a line of passwd(5) or group(5).
///
/// A lookup lasts as long as the name service (nsswitch.conf(5)) takes: files on most hosts, a directory server on
/// others. Daemons therefore ask it on ``threads``.
package struct AccountTable: LookupTable {
    enum Source: String, CaseIterable {
        case users = "passwd.byname"
        case groups = "group.byname"
    }

    /// The largest entry that is read, in bytes: a group lists all its members.
    private static let entryLimit = 1 << 20

    /// No account's name is longer (useradd(8) stops at 32, directory servers rarely above 64).
    private static let nameLimit = 256

    /// The threads that wait for the name service: four lookups at once, each up to thirty seconds.
    static let threads = DeadlineThreads(limit: 4, patience: 30_000_000_000)

    package let specification: String
    private let source: Source

    init(specification: String, source: Source) {
        self.specification = specification
        self.source = source
    }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        // A colon or slash is in no account's name, and would read oddly in the answer.
        guard LookupKey.isAcceptable(key), key.utf8.count <= Self.nameLimit,
            !key.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") })
        else { return nil }
        switch source {
        case .users:
            let line = try unsafe retryingWithLargerBuffers { buffer, size in unsafe Self.user(key, buffer, size) }
            if line == nil { try checkAccounts() }
            return line
        case .groups:
            return try unsafe retryingWithLargerBuffers { buffer, size in unsafe Self.group(key, buffer, size) }
        }
    }

    /// "No such user" is to be believed only while the accounts can be read.
    private func checkAccounts() throws(LookupError) {
        do throws(Errno) {
            try Identity.checkAccountsAreReadable()
        } catch {
            throw LookupError(table: specification, reason: "/etc/passwd cannot be read: \(error)")
        }
    }

    private func retryingWithLargerBuffers(
        _ read: (UnsafeMutablePointer<CChar>, Int) -> (error: Int32, line: String?)
    ) throws(LookupError) -> String? {
        var size = 4096
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe buffer.deallocate() }
            let (error, line) = unsafe read(buffer, size)
            switch error {
            case 0: return line
            // getpwnam(3) lists these for "not found".
            case ENOENT, ESRCH: return nil
            case EINTR: continue
            case ERANGE where size < Self.entryLimit: size *= 4
            default:
                throw LookupError(table: specification, reason: Errno(rawValue: error).description)
            }
        }
    }

    private static func user(
        _ name: String,
        _ buffer: UnsafeMutablePointer<CChar>,
        _ size: Int
    ) -> (error: Int32, line: String?) {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        let error = unsafe getpwnam_r(name, &entry, buffer, size, &found)
        guard error == 0, unsafe found != nil else { return (error, nil) }
        let fields = unsafe [
            text(entry.pw_name), text(entry.pw_passwd), String(entry.pw_uid), String(entry.pw_gid),
            text(entry.pw_gecos), text(entry.pw_dir), text(entry.pw_shell),
        ]
        return (0, fields.joined(separator: ":"))
    }

    private static func group(
        _ name: String,
        _ buffer: UnsafeMutablePointer<CChar>,
        _ size: Int
    ) -> (error: Int32, line: String?) {
        var entry = unsafe Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        let error = unsafe getgrnam_r(name, &entry, buffer, size, &found)
        guard error == 0, unsafe found != nil else { return (error, nil) }
        var members: [String] = []
        var next = unsafe entry.gr_mem
        while let member = unsafe next?.pointee {
            members.append(unsafe text(member))
            unsafe next = next?.successor()
        }
        let fields = unsafe [text(entry.gr_name), text(entry.gr_passwd), String(entry.gr_gid)]
        return (0, (fields + [members.joined(separator: ",")]).joined(separator: ":"))
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }
}
