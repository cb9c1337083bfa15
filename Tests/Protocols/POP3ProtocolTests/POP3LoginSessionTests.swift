// SPDX-License-Identifier: Apache-2.0

import POP3Protocol
import SASL
import TestSupport
import Testing

@Suite("POP3 before log-in")
struct POP3LoginSessionTests {
    private func open(
        isTLS: Bool = false,
        _ change: (inout POP3LoginSession.Configuration) -> Void = { _ in }
    ) -> POP3LoginSession {
        var configuration = POP3LoginSession.Configuration()
        configuration.offersTLS = true
        change(&configuration)
        return POP3LoginSession(configuration, isTLS: isTLS)
    }

    private func say(_ session: inout POP3LoginSession, _ line: String, pending: Bool = false) -> POP3LoginAction {
        session.receive(Array(line.utf8)[...], isInputPending: pending)
    }

    private func send(_ text: String) -> POP3LoginAction { .send(Array((text + "\r\n").utf8)) }

    @Test func `USER and PASS become PLAIN`() {
        var session = open(isTLS: true)
        #expect(session.greeting == Array("+OK relais ready.\r\n".utf8))
        #expect(say(&session, "USER alice") == send("+OK"))
        let response = SASLSecret(Base64.encode(Array("\0alice\0pass word".utf8)))
        #expect(say(&session, "PASS pass word") == .authenticate(mechanism: "PLAIN", initialResponse: response))
        #expect(session.authenticationFailed() == send("-ERR [AUTH] Authentication failed."))
        #expect(say(&session, "PASS again") == send("-ERR No username given."))
    }

    @Test func `AUTH goes back and forth in base64`() {
        var session = open(isTLS: true)
        #expect(say(&session, "AUTH LOGIN") == .authenticate(mechanism: "LOGIN", initialResponse: nil))
        #expect(session.challenge(Array("VXNlcm5hbWU6".utf8)) == send("+ VXNlcm5hbWU6"))
        #expect(say(&session, "YWxpY2U=") == .authenticationResponse(SASLSecret("YWxpY2U=")))
        #expect(session.challenge([]) == send("+ "))
        #expect(say(&session, "*") == .cancelAuthentication(Array("-ERR Authentication aborted by client.\r\n".utf8)))
        #expect(
            say(&session, "AUTH PLAIN AGEAYg==")
                == .authenticate(mechanism: "PLAIN", initialResponse: SASLSecret("AGEAYg=="))
        )
        #expect(session.challenge([]) == send("+ "))
        #expect(
            say(&session, "no base64") == .cancelAuthentication(Array("-ERR Invalid base64 data in response.\r\n".utf8))
        )
        #expect(say(&session, "AUTH GSSAPI") == send("-ERR Unsupported authentication mechanism."))
        #expect(say(&session, "AUTH") == send("+OK\r\nPLAIN\r\nLOGIN\r\n."))
    }

    @Test func `passwords wait for TLS`() {
        var session = open()
        let refusal = send("-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.")
        #expect(say(&session, "USER alice") == refusal)
        #expect(say(&session, "AUTH PLAIN") == refusal)
        #expect(say(&session, "PASS x") == send("-ERR No username given."))
        #expect(
            say(&session, "CAPA")
                == send("+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nSTLS\r\n.")
        )
        #expect(say(&session, "STLS") == .startTLS(Array("+OK Begin TLS negotiation now.\r\n".utf8)))
        session.tlsStarted()
        #expect(session.isTLS)
        #expect(
            say(&session, "CAPA")
                == send(
                    "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN LOGIN\r\n."
                )
        )
        #expect(say(&session, "STLS") == send("-ERR TLS is already active."))
        var trusted = POP3LoginSession(isSecure: true)
        #expect(say(&trusted, "USER alice") == send("+OK"))
        #expect(say(&trusted, "STLS") == send("-ERR TLS support isn't enabled."))
    }

    @Test func `a name given before STLS is forgotten`() {
        var session = open { $0.isTLSRequiredForPasswords = false }
        _ = say(&session, "USER mallory")
        _ = say(&session, "STLS")
        session.tlsStarted()
        #expect(say(&session, "PASS x") == send("-ERR No username given."))
    }

    @Test func `plaintext behind STLS ends the session`() {
        var session = open()
        #expect(say(&session, "STLS", pending: true) == .close(Array("-ERR Input after STLS.\r\n".utf8)))
        #expect(say(&session, "CAPA") == .close(Array("-ERR Unexpected input.\r\n".utf8)))
    }

    @Test func `commands of a mailbox wait for the log-in`() {
        for line in ["STAT", "LIST", "RETR 1", "DELE 1", "TOP 1 1", "UIDL", "RSET", "LAST"] {
            var session = open()
            #expect(say(&session, line) == send("-ERR Log in first."))
        }
        var session = open()
        #expect(say(&session, "QUIT") == .close(Array("+OK Logging out\r\n".utf8)))
    }

    @Test func `errors are limited`() {
        var session = open { $0.errorLimit = 2 }
        #expect(say(&session, "X") == send("-ERR Unknown command: X"))
        #expect(say(&session, "X") == .close(Array("-ERR Unknown command: X\r\n-ERR Too many errors.\r\n".utf8)))
    }

    @Test func `answers of the auth service that nobody waits for close the session`() {
        var session = open()
        #expect(session.challenge([]) == .close(Array("-ERR Internal error.\r\n".utf8)))
        var other = open()
        #expect(other.authenticationFailed() == .close(Array("-ERR Internal error.\r\n".utf8)))
    }

    @Test func `random dialogues never trap`() {
        var random = SeededGenerator(seed: 10)
        let lines = ["USER a", "PASS b", "AUTH PLAIN", "AUTH LOGIN", "AGEAYg==", "*", "STLS", "CAPA", "QUIT", "X", ""]
        for _ in 0..<400 {
            var session = open { $0.isTLSRequiredForPasswords = false }
            for _ in 0..<20 {
                let line =
                    Array((lines.randomElement(using: &random) ?? "").utf8)
                    + (Bool.random(using: &random) ? [] : [UInt8.random(in: 0...255, using: &random)])
                switch session.receive(line[...]) {
                case .startTLS: session.tlsStarted()
                case .authenticate, .authenticationResponse:
                    _ = Bool.random(using: &random) ? session.challenge([]) : session.authenticationFailed()
                case .send, .close, .cancelAuthentication: break
                }
            }
        }
    }
}
