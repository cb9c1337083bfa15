// SPDX-License-Identifier: Apache-2.0

import MailMessage
import TestSupport
import Testing

/// Attacks on the parser by depth, count and length: each would take minutes or the stack if the work were not linear.
@Suite("A hostile structure")
struct HostileStructureTests {
    /// What holds of every tree: order, places within the message, children within their parents, limits.
    static func check(_ structure: MessageStructure, _ count: Int, _ limits: StructureLimits = StructureLimits()) {
        #expect(structure.parts.count <= max(1, limits.parts))
        for (index, part) in structure.parts.enumerated() {
            let isSound =
                part.header.offset >= 0 && part.header.range.upperBound <= part.body.offset
                && part.body.range.upperBound <= count
                && part.children.allSatisfy { $0 > index && structure[$0]?.parent == index }
                && (part.kind == .leaf) == part.children.isEmpty && part.header.wireSize >= part.header.length
                && part.body.wireSize >= part.body.length && part.body.wireSize <= 2 * part.body.length
                && (part.kind != .message || part.children.count == 1)
            #expect(isSound)
            guard let parent = part.parent, let outer = structure[parent] else { continue }
            let isInside =
                parent < index && part.header.offset >= outer.body.offset
                && part.body.range.upperBound <= outer.body.range.upperBound
            #expect(isInside)
        }
        #expect(structure.parts.reduce(1) { $0 + $1.children.count } == structure.parts.count)
        // Walking down never takes more steps than the depth allows.
        for start in structure.parts.indices.suffix(200) {
            var depth = 1
            var index = structure.parts[start].parent
            while let next = index {
                depth += 1
                index = structure.parts[next].parent
            }
            #expect(depth <= limits.depth + 1)
        }
    }

    @Test func `of a hundred thousand nested multiparts ends at the depth limit`() {
        var text: [UInt8] = []
        for level in 0..<100_000 {
            text += Array("Content-Type: multipart/mixed; boundary=b\(level)e\n\n--b\(level)e\n".utf8)
        }
        let structure = MessageStructure(parsing: text.span)
        Self.check(structure, text.count)
        #expect(structure.parts.count == 100)
        #expect(structure.parts.last?.contentType.matches("application", "octet-stream") == true)
    }

    @Test func `of a hundred thousand nested messages ends at the depth limit`() {
        let text = Array(repeating: Array("Content-Type: message/rfc822\n\n".utf8), count: 100_000).flatMap(\.self)
        let structure = MessageStructure(parsing: text.span)
        Self.check(structure, text.count)
        #expect(structure.parts.count == 100)
    }

    @Test func `of a million parameters keeps only as many as the limit`() {
        let text =
            Array("Content-Type: text/plain".utf8)
            + Array(repeating: Array(";a=b".utf8), count: 1_000_000).flatMap(\.self)
        let structure = MessageStructure(parsing: text.span)
        #expect(structure.root.contentType.parameters.count == 100)
        var many = Array("Content-Type: multipart/mixed; boundary=b\n\n".utf8)
        for _ in 0..<1_000 {
            many += Array("--b\nContent-Type: text/plain".utf8)
            for _ in 0..<60 { many += Array(";a=b".utf8) }
            many += [0x0A, 0x0A]
        }
        let parts = MessageStructure(parsing: many.span, limits: StructureLimits(totalParameters: 2_000)).parts
        #expect(parts.count == 1_001)
        #expect(parts.reduce(0) { $0 + $1.contentType.parameters.count } == 2_000)
    }

    @Test func `of a million parts keeps only as many as the limit`() {
        let text =
            Array("Content-Type: multipart/mixed; boundary=b\n\n".utf8)
            + Array(repeating: Array("--b\n".utf8), count: 1_000_000).flatMap(\.self)
        let structure = MessageStructure(parsing: text.span)
        Self.check(structure, text.count)
        #expect(structure.parts.count == 10_000)
        #expect(structure.parts.last?.body.range.upperBound == text.count)
    }

    @Test func `of a hundred open boundaries of all lengths costs no more a line`() {
        // Every boundary is a begin of every later one, and every line begins with all of them but ends otherwise.
        var text: [UInt8] = []
        for level in 1...99 {
            let boundary = String(repeating: "x", count: level)
            text += Array("Content-Type: multipart/mixed; boundary=\(boundary)y\n\n--\(boundary)y\n".utf8)
        }
        let line = Array(("\n--" + String(repeating: "x", count: 120)).utf8)
        for _ in 0..<10_000 { text += line }
        let structure = MessageStructure(parsing: text.span)
        Self.check(structure, text.count)
        #expect(structure.parts.count == 100)
    }

    @Test func `of lines that almost are boundaries opens nothing`() {
        var text = Array("Content-Type: multipart/mixed; boundary=\(String(repeating: "-", count: 70))\n\n".utf8)
        for _ in 0..<20_000 { text += Array((String(repeating: "-", count: 71) + "\n").utf8) }
        let structure = MessageStructure(parsing: text.span)
        #expect(structure.parts.count == 2)
    }

    @Test func `of a huge header is read within its limits`() {
        let folds = String(repeating: " x\n", count: 300_000)
        let comments = String(repeating: "(", count: 300_000)
        for text in [
            "Content-Description: \(folds)\n\nbody", "Content-Type: text/plain; \(comments)",
            "Content-Language: \(comments)",
            "Content-Type: text/plain; a=\"" + String(repeating: "\\", count: 300_001),
        ] {
            let bytes = Array(text.utf8)
            let structure = MessageStructure(parsing: bytes.span)
            #expect(structure.parts.count == 1)
            #expect((structure.root.description?.count ?? 0) <= 65_536)
        }
    }

    @Test func `of random changes never traps and is always sound`() {
        var random = SeededGenerator(seed: 2046)
        let seed = Array(
            """
            Content-Type: multipart/mixed; boundary=b\r
            \r
            --b\r
            Content-Type: multipart/digest; boundary="bb"\n
            --bb\n\nSubject: x\n\nbody\n--bb--\n--b\r
            Content-Type: message/rfc822\r
            \r
            Content-Type: multipart/mixed; boundary=c\r
            \r
            --c\r\n\r\nx\r\n--c--\r\n--b--\r

            """.utf8
        )
        let tight = StructureLimits(depth: 4, parts: 6, parameters: 1, totalParameters: 3, boundary: 2, fieldLength: 40)
        for round in 0..<1_000 {
            let bytes = random.mutation(of: seed)
            let limits = round % 2 == 0 ? StructureLimits() : tight
            let structure = MessageStructure(parsing: bytes.span, limits: limits)
            Self.check(structure, bytes.count, limits)
            for part in structure.parts {
                let body = part.body.wireBytes(of: bytes.span)
                #expect(body.count == part.body.wireSize)
                let header = part.header.wireBytes(of: bytes.span)
                #expect(header.count == part.header.wireSize)
            }
        }
    }
}
