// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An account of the system for as long as it is used; root alone can make one.
package final class SystemAccount {
    package let name = "relaistest\(getpid())x\(UInt16.random(in: 0 ... .max))"
    package let home: String
    package let uid: uid_t
    package let gid: gid_t

    /// Makes the account and its home, with mode 0700, in a folder.
    package init(below folder: String) throws {
        home = "\(folder)/\(name)"
        try Self.run(["useradd", "-M", "-d", home, "-s", "/usr/sbin/nologin", name])
        guard let user = getpwnam(name)?.pointee else { throw DeadlineError(description: "no account \(name)") }
        (uid, gid) = (user.pw_uid, user.pw_gid)
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        chown(home, uid, gid)
        chmod(home, 0o700)
    }

    deinit { try? Self.run(["userdel", name]) }

    private static func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        // useradd warns about homes that are not there.
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw DeadlineError(description: "\(command) failed") }
    }
}
