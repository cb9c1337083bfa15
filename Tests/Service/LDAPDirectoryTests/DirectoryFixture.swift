// SPDX-License-Identifier: Apache-2.0
import BlockingPool
import EventLoop
import LDAPDirectory
import LDAPTables
import TestSupport

/// A slapd with some entries, and look-ups in it by a table's configuration.
enum Fixture {
    static let entries = """
        dn: uid=alice,dc=example,dc=test
        objectClass: mailAccount
        uid: alice
        mail: alice@example.test
        mailacceptinggeneralid: alice
        maildrop: alice@host.test
        maildrop: alice@other.test
        mailbox: example.test/alice/
        userPassword: of alice

        dn: uid=bob,dc=example,dc=test
        objectClass: mailAccount
        uid: bob
        mail: bob@example.test
        maildrop: bob
        description: staff

        dn: uid=bert,dc=example,dc=test
        objectClass: mailAccount
        uid: bert
        mail: bert@example.test
        maildrop: bert@host.test
        description: staff

        dn: uid=zoe,dc=example,dc=test
        objectClass: mailAccount
        uid: zoe
        mailacceptinggeneralid:: em/Dq0BleGFtcGxlLnRlc3Q=
        mailacceptinggeneralid:: em/Dqw==
        maildrop:: em/Dq0Bow7ZzdC50ZXN0

        dn: uid=strange,dc=example,dc=test
        objectClass: mailAccount
        uid: strange
        mailacceptinggeneralid: a*(b)\\c
        maildrop: strange

        dn: uid=a\\2Cb\\3D\\22c\\22,dc=example,dc=test
        objectClass: mailAccount
        uid: a,b="c"
        maildrop: comma

        dn: uid=binary,dc=example,dc=test
        objectClass: mailAccount
        uid: binary
        mailacceptinggeneralid: binary
        blob:: AAEC/w==

        dn: uid=lines,dc=example,dc=test
        objectClass: mailAccount
        uid: lines
        mailacceptinggeneralid: lines
        maildrop:: YQpi

        dn: ou=alias,dc=example,dc=test
        objectClass: alias
        objectClass: extensibleObject
        ou: alias
        aliasedObjectName: uid=bob,dc=example,dc=test

        dn: ou=deep,dc=example,dc=test
        objectClass: organizationalUnit
        ou: deep

        dn: uid=deep,ou=deep,dc=example,dc=test
        objectClass: mailAccount
        uid: deep
        mailacceptinggeneralid: deep
        maildrop: deep


        """

    /// One that all tests share which only read.
    static let shared = Task {
        let directory = try TestDirectory(entries: entries)
        try await directory.start()
        return directory
    }

    /// Settings from the lines of a table's file, for a server of which version 3 and the suffix are known.
    static func settings(_ lines: [String]) throws -> LDAPTableSettings {
        let text = (["version = 3", "search_base = \(TestDirectory.suffix)"] + lines).joined(separator: "\n") + "\n"
        let (settings, diagnostics) = LDAPTableReader.read(Array(text.utf8), file: "table.cf")
        guard let settings else { throw DeadlineError(description: "\(diagnostics)") }
        return settings
    }

    /// Looks a key up in a table of these lines, with a pool of its own.
    static func lookup(_ key: String, _ lines: [String], timeLimit: Int64 = .seconds(120)) async throws -> String? {
        let directory = try LDAPDirectory(try settings(lines))
        guard let query = directory.query(key) else { return nil }
        return try await onLoop {
            try await BlockingPool(directory, name: "the directory").ask(query, timeLimit: timeLimit)
        }
    }

    /// What a look-up that must fail says.
    static func failure(_ key: String, _ lines: [String], timeLimit: Int64 = .seconds(120)) async throws
        -> BlockingFailure
    {
        do {
            let found = try await lookup(key, lines, timeLimit: timeLimit)
            throw DeadlineError(description: "\(key) was answered with \(found ?? "not found")")
        } catch let failure as BlockingFailure {
            return failure
        }
    }
}
