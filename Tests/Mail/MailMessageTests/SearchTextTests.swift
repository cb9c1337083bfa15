// SPDX-License-Identifier: Apache-2.0

import MailMessage
import Testing

@Suite("Searching (RFC 3501 §6.4.4)")
struct SearchTextTests {
    static let message = Array(
        """
        From: =?utf-8?q?J=C3=96RG?= <joerg@x>
        Subject: =?iso-8859-1?q?Gr=FC=DFe?= aus
         Berlin
        X-Empty:
        Content-Type: multipart/mixed; boundary=b

        preamble-word
        --b
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Sch=F6ne soft=
        break W=F6rter
        --b
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PHA+UMO8bmt0bGljaDwvcD4=
        --b
        Content-Type: application/pdf

        binary-word
        --b
        Content-Type: message/rfc822

        Subject: =?utf-8?q?inner_=C3=84?=

        inner body
        --b--

        """.utf8
    )

    @Test(
        "a body is found decoded and without regard to case",
        arguments: [
            ("schöne", true), ("SCHÖNE WÖRTER", false), ("softbreak wörter", true), ("PÜNKTLICH", true),
            ("inner body", true),
            ("INNER Ä", true), ("binary-word", false), ("grüße", false), ("", true), ("PHA+", false),
        ]
    )
    func body(_ text: String, _ isFound: Bool) {
        let structure = MessageStructure(parsing: Self.message.span)
        let search = SearchText(Array(text.utf8))
        let inBody = search.isFound(inBodyOf: Self.message.span, structure: structure)
        #expect(inBody == isFound)
        let inText = search.isFound(inTextOf: Self.message.span, structure: structure)
        #expect(inText || !isFound)
    }

    @Test func `a header is found decoded and unfolded`() {
        let header = 0..<Self.message.count
        func find(_ text: String, in name: String) -> Bool {
            SearchText(Array(text.utf8)).isFound(inField: name, of: Self.message.span, header: header)
        }
        #expect(find("jörg", in: "from"))
        #expect(find("grüße aus berlin", in: "SUBJECT"))
        #expect(find("", in: "X-Empty"))
        #expect(!find("", in: "X-Missing"))
        #expect(!find("berlin", in: "from"))
        let structure = MessageStructure(parsing: Self.message.span)
        func findAnywhere(_ text: String) -> Bool {
            SearchText(Array(text.utf8)).isFound(inTextOf: Self.message.span, structure: structure)
        }
        #expect(findAnywhere("subject: GRÜßE"))
        #expect(!findAnywhere("GRÜSSE"))
    }

    @Test(
        "a text is found at any place and across repetition",
        arguments: [
            ("aab", "aaab", true), ("abab", "abaabab", true), ("x", "", false), ("ÄÖ", "zäö", true), ("я", "Я", true),
            ("é", "É", true),
            ("漢字", "some 漢字 here", true), ("aaab", "aaaaaaaa", false), ("İ", "i\u{307}", true), ("ｱ", "ｱ", true),
            ("ａ", "Ａ", true),
        ]
    )
    func finds(_ needle: String, _ text: String, _ isFound: Bool) {
        #expect(SearchText(Array(needle.utf8)).isFound(in: Array(text.utf8)) == isFound)
    }

    @Test func `octets that are no UTF-8 neither trap nor hide what follows`() {
        for bad in [[0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80], [0xF4, 0xBF, 0xBF, 0xBF]]
            as [[UInt8]]
        {
            #expect(SearchText(Array("word".utf8)).isFound(in: bad + Array("WORD".utf8)))
            #expect(SearchText(bad).isFound(in: Array("a".utf8) + bad))
        }
    }

    @Test func `a needle made for backtracking takes linear time`() {
        let needle = SearchText(Array(repeating: 0x61, count: 20_000) + [0x62])
        #expect(!needle.isFound(in: Array(repeating: 0x61, count: 300_000)))
    }

    @Test func `a text is found across the chunks of a large part`() {
        let filler = String(repeating: "0123456789abcde\n", count: 1_023) + "0123456789"
        let bytes = Array(("A: b\n\n" + filler + "needle" + filler).utf8)
        let structure = MessageStructure(parsing: bytes.span)
        let isFound = SearchText(Array("9NEEDLE0".utf8)).isFound(inBodyOf: bytes.span, structure: structure)
        #expect(isFound)
    }
}
