// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import IPC

/// A message with a field of each type.
struct Sample: WireMessage, Equatable {
    static let kind: UInt8 = 9

    var name = ""
    var number = 0
    var flag = false
    var bytes: [UInt8] = []
    var note: String?
    var list: [String] = []
    var parts: [Int] = []

    init() {}

    init(from fields: FieldReader) throws(WireError) {
        name = try fields.text(1)
        number = try fields.number(2)
        flag = fields.flag(3)
        bytes = try fields.bytes(4)
        note = fields.textIfPresent(5)
        list = fields.texts(6)
        for part in try fields.nested(7) { parts.append(try part.number(1)) }
    }

    func encode(into fields: inout FieldWriter) {
        fields.put(1, name)
        fields.put(2, number)
        fields.put(3, flag)
        fields.put(4, bytes)
        fields.put(5, note)
        fields.put(6, list)
        for part in parts { fields.put(7) { $0.put(1, part) } }
    }

    var encoded: [UInt8] {
        var writer = FieldWriter()
        encode(into: &writer)
        return writer.bytes
    }

    static let full: Sample = {
        var sample = Sample()
        sample.name = "häppchen\u{0}\n"
        sample.number = .min
        sample.flag = true
        sample.bytes = Array(0...255)
        sample.note = ""
        sample.list = ["a", "", "c"]
        sample.parts = [1, .max, -1]
        return sample
    }()
}

@Suite struct WireFieldsTests {
    @Test func `Fields go over the wire as tag, four bytes of length and value`() {
        var writer = FieldWriter()
        writer.put(1, "ab")
        writer.put(2, 258)
        writer.put(3, true)
        writer.put(4, nil as String?)
        writer.put(5) { $0.put(6, [0xff]) }
        #expect(
            writer.bytes == [
                1, 0, 0, 0, 2, 97, 98,
                2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2,
                3, 0, 0, 0, 1, 1,
                5, 0, 0, 0, 6, 6, 0, 0, 0, 1, 0xff,
            ]
        )
    }

    @Test(arguments: [Sample(), .full])
    func `What was written is read back`(sample: Sample) throws {
        #expect(try Sample(from: FieldReader(sample.encoded)) == sample)
    }

    @Test func `Unknown fields are skipped, in any place`() throws {
        let unknown: [UInt8] = [200, 0, 0, 0, 3, 1, 2, 3]
        #expect(try Sample(from: FieldReader(unknown + Sample.full.encoded + unknown)) == .full)
    }

    @Test func `Missing fields are errors that name them; optional ones are not`() throws {
        var writer = FieldWriter()
        writer.put(1, "name")
        #expect(throws: WireError.missing(tag: 2)) { try Sample(from: FieldReader(writer.bytes)) }
        #expect(throws: WireError.missing(tag: 1)) { try Sample(from: FieldReader([])) }
    }

    @Test func `A number of another length than eight is malformed`() throws {
        for length in [0, 1, 7, 9] as [UInt8] {
            let bytes = [2, 0, 0, 0, length] + [UInt8](repeating: 0, count: Int(length))
            let reader = try FieldReader(bytes)
            #expect(throws: WireError.malformed(tag: 2)) { try reader.number(2) }
        }
    }

    @Test func `Every cut of a message is an error or lacks a field, never a trap`() throws {
        let bytes = Sample.full.encoded
        for end in 0..<bytes.count {
            #expect(throws: WireError.self) {
                let sample = try Sample(from: FieldReader(Array(bytes[..<end])))
                // A cut between two optional fields at the end is a shorter message.
                if sample != .full { throw WireError.truncated }
            }
        }
    }

    @Test(
        arguments: [
            [1], [1, 0, 0, 0], [1, 0, 0, 0, 1], [1, 0xff, 0xff, 0xff, 0xff], [1, 0x7f, 0xff, 0xff, 0xff, 0],
            [7, 0, 0, 0, 6, 1, 0, 0, 0, 9, 0],
        ] as [[UInt8]]
    )
    func `A length beyond the end is truncated`(bytes: [UInt8]) {
        #expect(throws: WireError.truncated) {
            let reader = try FieldReader(bytes)
            _ = try reader.nested(7)
        }
    }

    @Test func `Twenty thousand mutations of a message are read or refused`() {
        var generator = SeededGenerator(seed: 4)
        let bytes = Sample.full.encoded
        var refused = 0
        for _ in 0..<20_000 {
            do throws(WireError) {
                _ = try Sample(from: FieldReader(generator.mutation(of: bytes)))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0 && refused < 20_000)
    }
}
