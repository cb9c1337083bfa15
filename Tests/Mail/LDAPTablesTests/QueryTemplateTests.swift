// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LDAPTables

@Suite struct QueryTemplateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let template: String
        let key: String
        let filter: String?
        let name: String?

        init(_ template: String, _ key: String, filter: String?, dn name: String?) {
            self.template = template
            self.key = key
            self.filter = filter
            self.name = name
        }

        var testDescription: String { "\(template) with \(key.debugDescription)" }
    }

    static let rows = [
        Row("(mail=%s)", "a@b.c", filter: "(mail=a@b.c)", dn: "(mail=a@b.c)"),
        Row("%%s", "a", filter: "%s", dn: "%s"),
        Row("", "a", filter: "", dn: ""),
        Row("%u|%d", "a@b.c", filter: "a|b.c", dn: "a|b.c"),
        Row("%U|%D|%S", "a@b.c", filter: "a|b.c|a@b.c", dn: "a|b.c|a@b.c"),
        Row("%u", "plain", filter: "plain", dn: "plain"),
        Row("%d", "plain", filter: nil, dn: nil),
        Row("%d", "user@", filter: nil, dn: nil),
        Row("%u", "@b.c", filter: nil, dn: nil),
        Row("%s", "@b.c", filter: "@b.c", dn: "@b.c"),
        Row("%u", "a@x@b.c", filter: "a@x", dn: "a@x"),
        Row("%1.%2.%3", "u@mail.example.com", filter: "com.example.mail", dn: "com.example.mail"),
        Row("%4", "u@mail.example.com", filter: nil, dn: nil),
        Row("%1", "plain", filter: nil, dn: nil),
        Row("%2", "u@.com", filter: nil, dn: nil),
        Row("%s", "*", filter: "\\2a", dn: "*"),
        Row("%s", "a)(uid=*", filter: "a\\29\\28uid=\\2a", dn: "a)(uid\\=*"),
        Row("%s", "\\", filter: "\\5c", dn: "\\\\"),
        Row("%s", "\0", filter: "\\00", dn: "\\00"),
        Row("%s", "a,b+c\"d;e<f>g=h", filter: "a,b+c\"d;e<f>g=h", dn: "a\\,b\\+c\\\"d\\;e\\<f\\>g\\=h"),
        Row("%s", " a b ", filter: " a b ", dn: "\\ a b\\ "),
        Row("%s", " ", filter: " ", dn: "\\ "),
        Row("%s", "#a#", filter: "#a#", dn: "\\#a#"),
        Row("%u,%d", "é@ü.example", filter: "é,ü.example", dn: "é,ü.example"),
        // What the key brings along is text, never a sequence.
        Row("%s", "%u%%", filter: "%u%%", dn: "%u%%"),
    ]

    @Test(arguments: rows)
    func `a key is filled in as one value of the grammar around it`(row: Row) throws {
        let template = try QueryTemplate(row.template)
        let key = LookupKeyParts(row.key)
        #expect(template.query(key, quoting: .filter) == row.filter)
        #expect(template.query(key, quoting: .distinguishedName) == row.name)
    }

    @Test(arguments: ["%", "a%", "%x", "%0", "%\u{e9}", "% s"])
    func `a percent sign that begins nothing known is an error`(text: String) {
        #expect(throws: BadSetting.self) { try QueryTemplate(text) }
    }

    @Test func `an expansion beyond the limit is none`() throws {
        let template = try QueryTemplate(String(repeating: "%s", count: 100))
        #expect(template.query(LookupKeyParts(String(repeating: "*", count: 4096)), quoting: .filter) == nil)
    }

    @Test(arguments: [
        ("%s", "v@w", "v@w"), ("%u", "v@w", "v"), ("%d", "v@w", "w"), ("%d", "v", nil), ("%u", "@w", nil),
        ("smtp:[%s]", "host", "smtp:[host]"), ("%U-%s", "*", "key-*"), ("%1", "x", "org"), ("fixed", "x", "fixed"),
    ])
    func `a result is formatted without quoting, and left out where it lacks a part`(
        format: String,
        value: String,
        expected: String?
    ) throws {
        #expect(try QueryTemplate(format).result(value, key: LookupKeyParts("key@site.org")) == expected)
    }

    @Test func `whatever the key holds, a filter keeps the parentheses and stars of its template`() throws {
        let template = try QueryTemplate("(&(mail=%s)(uid=%u))")
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                Array("()*\\\0&|=!a@ é,+\"".utf8).randomElement(using: &generator) ?? 97
            }
            guard let key = String(validating: bytes, as: UTF8.self),
                let filter = template.query(LookupKeyParts(key), quoting: .filter)
            else { continue }
            #expect(filter.utf8.count(where: { $0 == 40 }) == 3, "\(key.debugDescription)")
            #expect(filter.utf8.count(where: { $0 == 41 }) == 3, "\(key.debugDescription)")
            #expect(!filter.utf8.contains(42) && !filter.utf8.contains(0), "\(key.debugDescription)")
        }
    }
}
