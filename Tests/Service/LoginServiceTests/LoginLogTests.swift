// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LoginService

@Suite struct `The log of log-ins` {
    @Test func `has Dovecot's form`() {
        let facts = LoginLog.facts(
            user: "alice",
            method: "PLAIN",
            remote: "192.0.2.7",
            local: "192.0.2.1",
            isTLS: true,
            isSecured: true,
            session: "abc"
        )
        #expect(facts == "user=<alice>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<abc>")
    }

    @Test(
        arguments: zip(
            ["a>, rip=198.51.100.1, x=<", "a\r\nb", "a\u{0}\u{7f}"],
            ["a?, rip=198.51.100.1, x=?", "a??b", "a??"]
        )
    )
    func `cannot be forged by a name`(_ name: String, _ logged: String) {
        #expect(LoginLog.clean(name) == logged)
    }

    @Test func `cuts long names`() {
        #expect(LoginLog.clean(String(repeating: "a", count: 5000)).count == 256)
    }
}
