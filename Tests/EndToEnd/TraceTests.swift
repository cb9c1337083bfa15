// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// The trace that relais leaves in a message's header.
    @Suite struct Trace {
        @Test func `the Received field says who sent it, how, and under which id`() async throws {
            try await MailInstance.running { instance in
                let alice = instance.address("alice")
                let sent = try await EndToEnd.swaks(
                    instance.ports.submission,
                    "-tls",
                    "-a",
                    "PLAIN",
                    "-au",
                    alice,
                    "-ap",
                    "secret-a",
                    "--ehlo",
                    "laptop.(test)",
                    "--from",
                    alice,
                    "--to",
                    instance.address("bob")
                )
                #expect(sent.isSuccess, "\(sent)")
                let message = try await instance.messages("bob", count: 1)
                let text = String(decoding: try #require(message.first), as: UTF8.self)
                // What the client says of itself cannot unbalance the comments; what we say stays as it is.
                #expect(text.contains("Received: from laptop.?test? (unknown [127.0.0.1])\n"))
                #expect(text.contains("\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n"))
                #expect(text.contains("\tby mx.example.test (relais) with ESMTPSA id "))
                #expect(text.contains("\tfor <bob@example.test>; "))
                #expect(
                    text.hasPrefix("Return-Path: <alice@example.test>\nX-Original-To: bob@example.test\nDelivered-To: ")
                )
            }
        }
    }
}
