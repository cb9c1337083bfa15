// SPDX-License-Identifier: Apache-2.0

import MailMessage
import Testing

@Suite("The structure of a message (RFC 2045, RFC 2046)")
struct MessageStructureTests {
    /// The tree in one line: `type/subtype` and what is inside, with each leaf's body.
    static func summary(_ text: String, limits: StructureLimits = StructureLimits()) -> String {
        let bytes = Array(text.utf8)
        let structure = MessageStructure(parsing: bytes.span, limits: limits)
        func show(_ index: Int) -> String {
            guard let part = structure[index] else { return "?" }
            let type = String(decoding: part.contentType.subtype, as: UTF8.self)
            if part.kind == .leaf { return "\(type)'\(String(decoding: bytes[part.body.range], as: UTF8.self))'" }
            return "\(type)(\(part.children.map(show).joined(separator: " ")))"
        }
        return show(0)
    }

    static let multipart = "Content-Type: multipart/mixed; boundary=b\n\n"

    struct Row: Sendable {
        let text: String
        let expected: String
        init(_ text: String, _ expected: String) {
            self.text = text
            self.expected = expected
        }
    }

    static let rows: [Row] = [
        Row("", "plain''"), Row("A: b\n\nbody\n", "plain'body\n'"), Row("A: b", "plain''"),
        Row("\nbody", "plain'body'"),
        Row("Content-Type: text/html\n\nx", "html'x'"), Row("Content-Type: text\n\nx", "plain'x'"),
        Row("Content-Type: (c) text (d) / (e) html ; x=y\n\nx", "html'x'"),
        Row(multipart + "pre\n--b\n\none\n--b\nX: y\n\ntwo\n--b--\npost\n", "mixed(plain'one' plain'two')"),
        Row(multipart + "--b\n\none\n--b", "mixed(plain'one' plain'')"),
        Row(multipart + "--b\n\none", "mixed(plain'one')"),
        Row(multipart + "--b\n--b\n--b--", "mixed(plain'' plain'')"),
        Row(multipart + "--b\n\n--b--\n", "mixed(plain'')"), Row(multipart + "--b\nX: y\n--b--\n", "mixed(plain'')"),
        Row(multipart, "mixed(plain'')"), Row(multipart + "nothing\n", "mixed(plain'')"),
        Row(multipart + "--b--\n", "mixed(plain'')"),
        Row(multipart + "--b--\n--b\n\nx\n", "mixed(plain'')"),
        Row(multipart + "--b  \n\none\n\n--b-- \n", "mixed(plain'one\n')"),
        Row(multipart + "--bcd\n\none\n--b--\n", "mixed(plain'one')"),
        Row(multipart + " --b\n--\n-b\n", "mixed(plain'')"),
        Row("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--", "plain'--b\n\nx\n--b--'"),
        Row(
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nbody\n--b--",
            "digest(rfc822(plain'body'))"
        ),
        Row("Content-Type: message/rfc822\n\nContent-Type: text/html\n\nx\n", "rfc822(html'x\n')"),
        Row("Content-Type: message/rfc822\n\n", "rfc822(plain'')"),
        Row("Content-Type: message/rfc822", "rfc822(plain'')"),
        Row("Content-Type: multipart/mixed; boundary=\"a b\\\"c\"\n\n--a b\"c\n\nx\n--a b\"c--\n", "mixed(plain'x')"),
        Row(
            "Content-Type: multipart/mixed;\n boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=oi\n\n"
                + "--oi\n\n1\n--oi\nContent-Type: text/html\n\n2\n--oi--\n--o\n\n3\n--o--\n",
            "mixed(alternative(plain'1' html'2') plain'3')"
        ),
        Row(
            "Content-Type: multipart/mixed; boundary=oi\n\n--oi\nContent-Type: multipart/alternative; boundary=o\n\n"
                + "--o\n\n1\n--oi\n\n3\n--oi--\n",
            "mixed(alternative(plain'1') plain'3')"
        ),
        Row(
            // An inner multipart that is not closed ends with the outer boundary.
            multipart + "--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\n1\n--b\n\n2\n--b--",
            "mixed(x(plain'1') plain'2')"
        ),
        Row(
            // The same boundary within: the inner multipart takes the lines until it is closed.
            multipart + "--b\nContent-Type: multipart/x; boundary=b\n\n--b\n\n1\n--b--\n--b\n\n2\n--b--\n",
            "mixed(x(plain'1') plain'2')"
        ),
        Row(multipart + "--b\nContent-Type: message/rfc822\n\nA: b\n\nx\n--b--", "mixed(rfc822(plain'x'))"),
    ]

    @Test("is read", arguments: rows)
    func reads(_ row: Row) {
        let (text, expected) = (row.text, row.expected)
        #expect(Self.summary(text) == expected)
        // Line ends of either kind give the same tree.
        let wire = text.replacing("\n", with: "\r\n")
        #expect(Self.summary(wire).replacing("\r\n", with: "\n") == expected)
    }

    @Test func `sizes are those of the wire, whatever the file has`() {
        let text = Self.multipart + "--b\nA: b\n\none\ntwo\n--b\n\nthree\n\n--b--\nend\n"
        let files = [Array(text.utf8), Array(text.replacing("\n", with: "\r\n").utf8)]
        let structures = files.map { MessageStructure(parsing: $0.span) }
        #expect(structures[0].parts.map(\.body.wireSize) == structures[1].parts.map(\.body.length))
        #expect(structures[0].parts.map(\.header.wireSize) == structures[1].parts.map(\.header.length))
        #expect(structures[1].parts.allSatisfy { $0.body.isWireForm && $0.header.isWireForm })
        #expect(structures[0].parts.map(\.body.lines) == structures[1].parts.map(\.body.lines))
        #expect(structures[0].parts.map(\.body.lines) == [11, 1, 1])
        #expect(structures[0].root.extent.length == files[0].count)
        #expect(structures[0].root.extent.wireSize == files[1].count)
    }

    @Test func `fields of a part are read`() {
        let text = """
            Content-Type: TEXT/Plain; charset="us-ascii" (c); name*0*=a; name*1=b; odd=a b ; ; =x; last=(c)z
            Content-ID: <1@x>
            Content-Description: a
             description
            Content-Transfer-Encoding: BASE64 (yes)
            Content-Disposition: attachment; filename="a;b.txt"
            Content-Language: en, de-AT (x), fr
            Content-Location: http://x/
            Content-MD5: Q2hlY2s=
            Content-Type: text/second

            body
            """
        let bytes = Array(text.utf8)
        let part = MessageStructure(parsing: bytes.span).root
        func show(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        #expect(show(part.contentType.type) == "TEXT")
        #expect(part.contentType.matches("text", "plain"))
        let parameters = part.contentType.parameters.map { "\(show($0.name) ?? "")=\(show($0.value) ?? "")" }
        #expect(parameters == ["charset=us-ascii", "name*0*=a", "name*1=b", "odd=a", "last=z"])
        #expect(show(part.contentID) == "<1@x>")
        #expect(show(part.description) == "a description")
        #expect(show(part.encoding) == "BASE64")
        #expect(part.transferEncoding == .base64)
        #expect(show(part.disposition?.kind) == "attachment")
        #expect(show(part.disposition?.parameters.first?.value) == "a;b.txt")
        #expect(part.languages.map { show($0) } == ["en", "de-AT", "fr"])
        #expect(show(part.location) == "http://x/")
        #expect(show(part.md5) == "Q2hlY2s=")
    }
}
