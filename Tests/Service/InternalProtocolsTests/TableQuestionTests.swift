// SPDX-License-Identifier: Apache-2.0
import IPC
import InternalProtocols
import Testing

@Suite struct TableQuestionTests {
    private func again<M: WireMessage>(_ message: M) throws -> M {
        var writer = FieldWriter()
        message.encode(into: &writer)
        return try M(from: FieldReader(writer.bytes))
    }

    @Test func `questions and answers read as they were written`() throws {
        let question = TableQuestion(request: 7, specification: "ldap:/etc/x.cf", key: "ü*\0", timeLimit: 30_000)
        #expect(try again(question) == question)
        for result in [TableAnswer.Result.found(""), .found("a,b"), .notFound, .failed("why")] {
            let answer = TableAnswer(request: -1, result: result)
            #expect(try again(answer) == answer)
        }
    }

    @Test func `an answer that is none of three is an error`() throws {
        var writer = FieldWriter()
        writer.put(1, 1)
        writer.put(2, 3)
        #expect(throws: WireError.malformed(tag: 2)) { try TableAnswer(from: FieldReader(writer.bytes)) }
    }
}
