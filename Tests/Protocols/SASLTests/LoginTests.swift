// SPDX-License-Identifier: Apache-2.0

import SASL
import Testing

@Suite("LOGIN")
struct LoginTests {
    private let done = SASLServerStep.credentials(
        SASLCredentials(authenticationIdentity: "alice", password: SASLSecret("secret"))
    )

    @Test func `the server prompts for the name and then for the password`() {
        var server = LoginServer()
        #expect(server.start(initialResponse: nil) == .challenge(Array("Username:".utf8)))
        #expect(server.respond(Array("alice".utf8)) == .challenge(Array("Password:".utf8)))
        #expect(server.respond(Array("secret".utf8)) == done)
        #expect(server.respond(Array("secret".utf8)) == .failure(.outOfOrder))
    }

    @Test func `the name may come as the initial response`() {
        var server = LoginServer()
        #expect(server.start(initialResponse: Array("alice".utf8)) == .challenge(Array("Password:".utf8)))
        #expect(server.respond(Array("secret".utf8)) == done)
    }

    @Test func `an empty initial response is as none`() {
        var server = LoginServer()
        #expect(server.start(initialResponse: []) == .challenge(Array("Username:".utf8)))
    }

    @Test(arguments: [([] as [UInt8], SASLFailure.malformed), ([10], .badIdentity), ([0xC0], .badIdentity)])
    func `a bad name ends the exchange`(name: [UInt8], failure: SASLFailure) {
        var server = LoginServer()
        _ = server.start(initialResponse: nil)
        #expect(server.respond(name) == .failure(failure))
        #expect(server.respond(Array("alice".utf8)) == .failure(.outOfOrder))
    }

    @Test(arguments: [[UInt8](), [0x61, 0]])
    func `an empty password or one with NUL is malformed`(password: [UInt8]) {
        var server = LoginServer()
        _ = server.start(initialResponse: Array("alice".utf8))
        #expect(server.respond(password) == .failure(.malformed))
    }

    @Test func `limits are exact`() {
        for (name, password, fits) in [(4, 5, true), (5, 5, false), (4, 6, false)] {
            var server = LoginServer(limits: SASLLimits(identity: 4, password: 5))
            var step = server.start(initialResponse: [UInt8](repeating: 0x61, count: name))
            if case .challenge = step { step = server.respond([UInt8](repeating: 0x62, count: password)) }
            #expect((step != .failure(.tooLong)) == fits)
        }
    }

    @Test func `the client answers two prompts of any wording and no third`() {
        var client = SASLMechanism.login.makeClient(
            SASLCredentials(authenticationIdentity: "alice", password: SASLSecret("secret"))
        )
        #expect(client.initialResponse() == nil)
        #expect(client.respond(to: Array("User Name".utf8)) == .response(SASLSecret("alice")))
        #expect(client.respond(to: []) == .response(SASLSecret("secret")))
        #expect(client.respond(to: []) == .cancel)
    }
}
