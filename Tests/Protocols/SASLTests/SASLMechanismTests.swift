// SPDX-License-Identifier: Apache-2.0

import SASL
import TestSupport
import Testing

@Suite("SASL mechanisms and response lines")
struct SASLMechanismTests {
    @Test(arguments: [
        ("PLAIN", SASLMechanism.plain), ("plain", .plain), ("Login", .login), ("", nil), ("PLAINX", nil),
        (" PLAIN", nil),
        ("PLAINPLAINPLAINPLAINPLAIN", nil), ("PLA\0IN", nil),
    ])
    func `a name is found without regard to case`(name: String, mechanism: SASLMechanism?) {
        #expect(SASLMechanism(name: name) == mechanism)
    }

    @Test(arguments: [
        ("*", SASLResponseLine.cancel), ("", .response(SASLSecret(""))), ("Zm9v", .response(SASLSecret("Zm9v"))),
        ("=", .malformed),
        ("Zm9", .malformed), ("**", .malformed), ("Zm9vZm9vZm9v", .tooLong),
    ])
    func `a response line is a cancellation, base64 or refused`(line: String, expected: SASLResponseLine) {
        #expect(SASLResponseLine(Array(line.utf8)[...], limit: 8) == expected)
    }

    @Test func `an equals sign is the empty initial response`() {
        #expect(SASLResponseLine(initial: Array("=".utf8)[...]) == .response(SASLSecret("")))
        #expect(SASLResponseLine(initial: Array("*".utf8)[...]) == .malformed)
    }

    @Test func `random responses never trap a mechanism`() {
        var random = SeededGenerator(seed: 2)
        for mechanism in SASLMechanism.allCases {
            for _ in 0..<2000 {
                var server = mechanism.makeServer(limits: SASLLimits(response: 40, identity: 8, password: 8))
                var step = server.start(initialResponse: Bool.random(using: &random) ? nil : bytes(&random))
                var rounds = 0
                while case .challenge = step, rounds < 4 {
                    step = server.respond(bytes(&random))
                    rounds += 1
                }
                #expect(rounds < 4)
                if case .credentials(let found) = step {
                    #expect(!found.authenticationIdentity.isEmpty)
                    #expect(found.authenticationIdentity.utf8.count <= 8)
                }
            }
        }
    }

    private func bytes(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
            [0, 0, 0x61, 0x62, 0xC3, 0xA4, 0x0A, 0xFF].randomElement(using: &random) ?? 0
        }
    }
}
