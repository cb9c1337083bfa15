// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import cleanup

@Suite("Who is alone commits on the loop's thread")
struct CommitConcurrencyTests {
    private final class Conversation {}

    /// A tenth of a second.
    private static let memory: Int64 = 100_000_000

    @Test func `The messages of one conversation, one after another, are alone`() {
        var concurrency = CommitConcurrency()
        let one = Conversation()
        for now: Int64 in [0, 5, 10] {
            concurrency.begins(ObjectIdentifier(one), at: now)
            #expect(concurrency.isAlone(at: now))
            concurrency.ends()
        }
    }

    @Test func `Two messages at once are not alone, nor is what follows within a tenth of a second`() {
        var concurrency = CommitConcurrency()
        let (one, other) = (Conversation(), Conversation())
        concurrency.begins(ObjectIdentifier(one), at: 0)
        concurrency.begins(ObjectIdentifier(other), at: 1)
        #expect(!concurrency.isAlone(at: 1))
        concurrency.ends()
        #expect(!concurrency.isAlone(at: 2))
        concurrency.ends()
        concurrency.begins(ObjectIdentifier(other), at: 3)
        #expect(!concurrency.isAlone(at: 3))
        concurrency.ends()
        concurrency.begins(ObjectIdentifier(other), at: 2 + Self.memory)
        #expect(concurrency.isAlone(at: 2 + Self.memory))
    }

    @Test func `Conversations that take turns are concurrency`() {
        var concurrency = CommitConcurrency()
        let (one, other) = (Conversation(), Conversation())
        concurrency.begins(ObjectIdentifier(one), at: 0)
        concurrency.ends()
        concurrency.begins(ObjectIdentifier(other), at: 10)
        #expect(!concurrency.isAlone(at: 10))
        concurrency.ends()
        concurrency.begins(ObjectIdentifier(one), at: Self.memory * 2)
        #expect(!concurrency.isAlone(at: Self.memory * 2), "the other one's message was the last")
        concurrency.ends()
        concurrency.begins(ObjectIdentifier(one), at: Self.memory * 4)
        #expect(concurrency.isAlone(at: Self.memory * 4))
    }

    @Test func `Nobody is alone where nothing is under way`() {
        #expect(!CommitConcurrency().isAlone(at: 0))
    }
}
