// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import EventLoop
internal import Glibc
internal import LDAPDirectory
internal import LDAPTables
internal import MailConfiguration

/// `proxymap -q TYPE:PATH KEY`: one look-up without the service, with the rights of the caller.
///
/// The value goes to standard output. The exit status is 0 where there is one, 1 where there is none or the table's
/// configuration has errors, which go to standard error, and 75 where the table cannot tell (EX_TEMPFAIL).
struct DirectQuery {
    private let specification: String
    private let key: String

    /// nil where the arguments are none of a query.
    init?(_ arguments: [String]) {
        guard arguments.count == 4, arguments[1] == "-q" else { return nil }
        specification = PermittedTables.normal(arguments[2])
        key = arguments[3]
    }

    func run() -> Int32 {
        guard specification.hasPrefix("ldap:") else {
            Self.complain("\(specification): only ldap: tables are asked here")
            return 1
        }
        let (settings, diagnostics) = TableFile.read(specification)
        for diagnostic in diagnostics { Self.complain("\(diagnostic)") }
        guard let settings else { return 1 }
        let directory: LDAPDirectory
        do throws(BlockingFailure) {
            directory = try LDAPDirectory(settings)
        } catch {
            Self.complain("\(specification): \(error)")
            return 1
        }
        guard let query = directory.query(key) else { return 1 }
        // A server that is gone must end the look-up, not the process.
        _ = signal(SIGPIPE, SIG_IGN)
        _ = EventLoop.shared
        let specification = specification
        Loop.spawn {
            let pool = BlockingPool(directory, name: "the directory", limits: PoolEngine.Limits(slots: 1))
            do throws(BlockingFailure) {
                guard let value = try await pool.ask(query, timeLimit: directory.timeLimit) else { exit(1) }
                Self.write(value + "\n", to: 1)
                exit(0)
            } catch {
                Self.complain("\(specification): \(error)")
                exit(75)
            }
        }
        EventLoop.shared.run()
        return 75
    }

    private static func complain(_ text: String) { write("proxymap: \(text)\n", to: 2) }

    private static func write(_ text: String, to number: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            guard written > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, written))
        }
    }
}
