// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import cleanup

@Suite("Who is alone commits on the loop's thread")
struct CompanyTests {
    private final class Conversation {}

    /// A tenth of a second.
    private static let memory: Int64 = 100_000_000

    @Test func `The messages of one conversation, one after another, are alone`() {
        var company = Company()
        let one = Conversation()
        for now: Int64 in [0, 5, 10] {
            company.begins(ObjectIdentifier(one), at: now)
            #expect(company.isAlone(at: now))
            company.ends()
        }
    }

    @Test func `Two messages at once are not alone, nor is what follows within a tenth of a second`() {
        var company = Company()
        let (one, other) = (Conversation(), Conversation())
        company.begins(ObjectIdentifier(one), at: 0)
        company.begins(ObjectIdentifier(other), at: 1)
        #expect(!company.isAlone(at: 1))
        company.ends()
        #expect(!company.isAlone(at: 2))
        company.ends()
        company.begins(ObjectIdentifier(other), at: 3)
        #expect(!company.isAlone(at: 3))
        company.ends()
        company.begins(ObjectIdentifier(other), at: 2 + Self.memory)
        #expect(company.isAlone(at: 2 + Self.memory))
    }

    @Test func `Conversations that take turns are company`() {
        var company = Company()
        let (one, other) = (Conversation(), Conversation())
        company.begins(ObjectIdentifier(one), at: 0)
        company.ends()
        company.begins(ObjectIdentifier(other), at: 10)
        #expect(!company.isAlone(at: 10))
        company.ends()
        company.begins(ObjectIdentifier(one), at: Self.memory * 2)
        #expect(!company.isAlone(at: Self.memory * 2), "the other one's message was the last")
        company.ends()
        company.begins(ObjectIdentifier(one), at: Self.memory * 4)
        #expect(company.isAlone(at: Self.memory * 4))
    }

    @Test func `Nobody is alone where nothing is under way`() {
        #expect(!Company().isAlone(at: 0))
    }
}
