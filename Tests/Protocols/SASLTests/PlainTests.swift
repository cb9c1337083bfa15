// SPDX-License-Identifier: Apache-2.0

import SASL
import Testing

@Suite("PLAIN (RFC 4616)")
struct PlainTests {
    private func step(_ message: String, limits: SASLLimits = SASLLimits()) -> SASLServerStep {
        var server = PlainServer(limits: limits)
        return server.start(initialResponse: Array(message.utf8))
    }

    @Test func `the initial response holds everything`() {
        #expect(
            step("\0tim\0tanstaaftanstaaf")
                == .credentials(
                    SASLCredentials(authenticationIdentity: "tim", password: SASLSecret("tanstaaftanstaaf"))
                )
        )
        #expect(
            step("Ursel\0Kurt\0xipj3plmq")
                == .credentials(
                    SASLCredentials(
                        authorizationIdentity: "Ursel",
                        authenticationIdentity: "Kurt",
                        password: SASLSecret("xipj3plmq")
                    )
                )
        )
    }

    @Test func `without an initial response the server asks with an empty challenge`() {
        var server = PlainServer()
        #expect(server.start(initialResponse: nil) == .challenge([]))
        #expect(
            server.respond(Array("\0a\0b".utf8))
                == .credentials(SASLCredentials(authenticationIdentity: "a", password: SASLSecret("b")))
        )
        #expect(server.respond(Array("\0a\0b".utf8)) == .failure(.outOfOrder))
    }

    @Test(arguments: ["", "\0", "\0\0", "a\0b", "\0a\0", "\0\0b", "\0a\0b\0c", "tim"])
    func `a message of another shape is malformed`(message: String) {
        #expect(step(message) == .failure(.malformed))
    }

    @Test(arguments: [
        Array("\0a\nb\0c".utf8), Array("a\u{7F}\0a\0c".utf8), [0, 0xFF, 0, 0x63], [0xC3, 0, 0x61, 0, 0x63],
    ])
    func `an identity with control characters or broken UTF-8 is refused`(message: [UInt8]) {
        var server = PlainServer()
        #expect(server.start(initialResponse: message) == .failure(.badIdentity))
    }

    @Test func `limits are exact`() {
        let limits = SASLLimits(response: 20, identity: 4, password: 5)
        #expect(step("\0abcd\0abcde", limits: limits) != .failure(.tooLong))
        #expect(step("\0abcde\0abcde", limits: limits) == .failure(.tooLong))
        #expect(step("\0abcd\0abcdef", limits: limits) == .failure(.tooLong))
        #expect(step("\0abcd\0" + String(repeating: "x", count: 30), limits: limits) == .failure(.tooLong))
    }

    @Test func `client and server understand each other`() throws {
        let credentials = SASLCredentials(
            authorizationIdentity: "z",
            authenticationIdentity: "björn@example.org",
            password: SASLSecret("pä ss")
        )
        var client = SASLMechanism.plain.makeClient(credentials)
        var server = SASLMechanism.plain.makeServer()
        let initial = client.initialResponse()
        let response = try #require(initial)
        #expect(server.start(initialResponse: response.bytes) == .credentials(credentials))
        #expect(client.respond(to: []) == .cancel)

        var late = PlainClient(credentials)
        #expect(late.respond(to: []) == .response(response))
        #expect(late.respond(to: []) == .cancel)
    }

    @Test func `a secret shows itself nowhere`() {
        let credentials = SASLCredentials(authenticationIdentity: "tim", password: SASLSecret("tanstaaf"))
        var dumped = ""
        dump(SASLServerStep.credentials(credentials), to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\(SASLSecret("tanstaaf"))"] {
            #expect(!text.contains("tanstaaf"))
            #expect(!text.contains("116"))
        }
    }
}
