// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// `proxymap -q`, the executable.
@Suite(.enabled(if: TestDirectory.isInstalled, "\(TestDirectory.reason)"), .timeLimit(.minutes(5)))
struct DirectQueryTests {
    @Test func `the exit status says found, not found, or cannot tell`() async throws {
        let directory = try TestDirectory(
            entries: """
                dn: uid=ann,\(TestDirectory.suffix)
                objectClass: mailAccount
                uid: ann
                maildrop: ann@host.test


                """
        )
        try await directory.start()
        let lines = "version = 3\nsearch_base = \(TestDirectory.suffix)\nquery_filter = (uid=%s)\n"
        let table = try directory.folder.write("table.cf", "server_host = 127.0.0.1:\(directory.port)\n\(lines)")
        let found = try await query("proxy:ldap:\(table)", "ann")
        #expect(found.code == 0 && found.text == "ann@host.test\n", "\(found)")
        let missing = try await query("ldap:\(table)", "bob")
        #expect(missing.code == 1 && missing.text.isEmpty, "\(missing)")
        directory.stop()
        let down = try await query("ldap:\(table)", "ann")
        #expect(down.code == 75 && down.text.contains("refused"), "\(down)")
        let broken = try directory.folder.write("broken.cf", "search_base = x\nserver_hots = y\n")
        let bad = try await query("ldap:\(broken)", "ann")
        #expect(bad.code == 1 && bad.text.contains("broken.cf:2: error") && bad.text.contains("server_host"), "\(bad)")
        #expect(try await query("ldap:/nonexistent.cf", "x").code == 1)
        let old = try await query("ldap:mysource", "x")
        #expect(old.code == 1 && old.text.contains("old form"), "\(old)")
        #expect(try await query("hash:/etc/x", "x").code == 1)
    }

    private func query(_ table: String, _ key: String) async throws -> CommandResult {
        try await Command.run([Surroundings.product("proxymap"), "-q", table, key], seconds: 240)
    }
}
