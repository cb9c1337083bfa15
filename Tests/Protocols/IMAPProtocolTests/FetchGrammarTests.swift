// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("FETCH (RFC 3501 section 6.4.5)")
struct FetchGrammarTests {
    private static func section(
        _ part: [UInt32],
        _ text: BodySection.Text,
        _ partial: PartialRange? = nil,
        peek: Bool = false
    ) -> [FetchItem] {
        [.section(BodySection(part: part, text), partial: partial, peek: peek)]
    }

    private static let names = [Array("From".utf8), Array("a b".utf8)]

    @Test(arguments: [
        ("ALL", [FetchItem.flags, .internalDate, .rfc822Size, .envelope]),
        ("FAST", [.flags, .internalDate, .rfc822Size]),
        ("full", [.flags, .internalDate, .rfc822Size, .envelope, .body]), ("ENVELOPE", [.envelope]),
        ("(FLAGS)", [.flags]), ("(uid flags InternalDate)", [.uid, .flags, .internalDate]), ("BODY", [.body]),
        ("(BODY BODYSTRUCTURE)", [.body, .bodyStructure]), ("RFC822", [.rfc822]), ("RFC822.HEADER", [.rfc822Header]),
        ("RFC822.SIZE", [.rfc822Size]), ("RFC822.TEXT", [.rfc822Text]), ("BODY[]", section([], .whole)),
        ("BODY.PEEK[]", section([], .whole, peek: true)), ("body[header]", section([], .header)),
        ("BODY[TEXT]", section([], .text)), ("BODY[1]", section([1], .whole)),
        ("BODY[1.2.3]", section([1, 2, 3], .whole)),
        ("BODY[4294967295.MIME]", section([.max], .mime)), ("BODY[2.HEADER]", section([2], .header)),
        ("BODY[2.TEXT]", section([2], .text)),
        ("BODY[HEADER.FIELDS (From {3}\r\na b)]", section([], .headerFields(names))),
        ("BODY.PEEK[3.HEADER.FIELDS.NOT (From \"a b\")]", section([3], .headerFieldsNot(names), peek: true)),
        ("BODY[]<0.1>", section([], .whole, PartialRange(offset: 0, length: 1))),
        (
            "BODY[1]<4294967296.4294967295>",
            section([1], .whole, PartialRange(offset: 4_294_967_296, length: 4_294_967_295))
        ),
    ])
    func `Items are read`(text: String, items: [FetchItem]) {
        let set = SequenceSet.of((1, 1))
        #expect(request("FETCH 1 \(text)") == .fetch(set, items, .sequence))
        let withUID = items.contains(.uid) ? items : [.uid] + items
        #expect(request("UID FETCH 1 \(text)") == .fetch(set, withUID, .uid))
    }

    @Test(arguments: [
        "", "()", "(FLAGS", "(FLAGS  UID)", "(ALL)", "ALL FLAGS", "FLAGS UID", "FOO", "BODY.PEEK", "BODYSTRUCTURE[]",
        "BODY[", "BODY[MIME]", "BODY[0]", "BODY[1.]", "BODY[.1]", "BODY[1.0]", "BODY[01]", "BODY[4294967296]",
        "BODY[FOO]", "BODY[HEADER.FIELDS]", "BODY[HEADER.FIELDS ()]", "BODY[HEADER.FIELDS (a]",
        "BODY[HEADER.FIELDS (a b",
        "BODY[HEADER.FIELDS(a)]", "BODY[]<0>", "BODY[]<0.0>", "BODY[]<.1>", "BODY[]<1.>", "BODY[]<0.1",
        "BODY[]<9223372036854775808.1>", "BODY[]<99999999999999999999999.1>", "BODY[]<-1.1>", "BODY []", "RFC822.FOO",
    ])
    func `A wrong item gets BAD`(text: String) {
        #expect(refusal("FETCH 1 \(text)")?.condition == .bad)
    }

    @Test func `The depth of part numbers is bounded`() {
        let deep = [String](repeating: "1", count: 65).joined(separator: ".")
        #expect(request("FETCH 1 BODY[\(deep.dropLast(2))]") != nil)
        #expect(refusal("FETCH 1 BODY[\(deep)]")?.condition == .bad)
    }

    @Test(arguments: [
        (PartialRange(offset: 0, length: 10), 5, 0..<5), (PartialRange(offset: 2, length: 2), 5, 2..<4),
        (PartialRange(offset: 5, length: 1), 5, 5..<5), (PartialRange(offset: 6, length: 1), 5, 5..<5),
        (PartialRange(offset: 1, length: .max), 5, 1..<5), (PartialRange(offset: .max, length: .max), 5, 5..<5),
        (PartialRange(offset: 0, length: 1), 0, 0..<0),
    ])
    func `A partial range is cut to the section`(partial: PartialRange, size: Int, range: Range<Int>) {
        #expect(partial.range(ofSize: size) == range)
    }

    @Test func `Only reading a body sets the seen flag`() {
        #expect(FetchItem.rfc822.setsSeen && FetchItem.rfc822Text.setsSeen)
        #expect(FetchItem.section(BodySection(.header), partial: nil, peek: false).setsSeen)
        #expect(!FetchItem.section(BodySection(), partial: nil, peek: true).setsSeen)
        #expect(!FetchItem.rfc822Header.setsSeen && !FetchItem.envelope.setsSeen && !FetchItem.body.setsSeen)
    }
}
