// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailMessage
import TestSupport
import Testing

@Suite("Dates")
struct MailDateTests {
    static func header(_ text: String) -> MailDate? {
        MailDate(rfc5322: Array(text.utf8).span)
    }

    static func internalDate(_ text: String) -> MailDate? {
        MailDate(internalDate: Array(text.utf8).span)
    }

    static func searchDate(_ text: String) -> CivilDate? {
        CivilDate(imap: Array(text.utf8).span)
    }

    @Test(
        "of RFC 5322 are read",
        arguments: [
            ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706, -360), ("1 Jan 1970 00:00:00 +0000", 0, 0),
            ("Thu, 13 Feb 1969 23:32 -0330", -27_723_480, -210), ("21 Nov 97 09:55:06 GMT", 880_106_106, 0),
            ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", nil, 0),
            ("Thu,\r\n 13 (x (y)) Feb\r\n 2003 (year) 00:00:00 (midnight) EST (zone)", 1_045_112_400, -300),
            ("29 Feb 2024 12:00:00 Z", 1_709_208_000, 0), ("29 Feb 2023 12:00:00 Z", nil, 0),
            ("1 Jan 49 00:00:00 +0000", 2_493_072_000, 0), ("1 Jan 50 00:00:00 +0000", -631_152_000, 0),
            ("1 Jan 100 00:00:00 +0000", 946_684_800, 0), ("1-Jan-2000 00:00:00", 946_684_800, 0),
            ("Saturday, 1 January 2000 0:00:00 +0000", 946_684_800, 0), ("1 Jan 2000 00:00:60 +0000", 946_684_860, 0),
            ("31 Dec 9999 23:59:59 +0000", 253_402_214_400, 0), ("1 Jan 0000 00:00:00 +0000", -62_135_510_400, 0),
            ("", nil, 0), ("Fri,", nil, 0), ("32 Jan 2000 00:00:00 +0000", nil, 0),
            ("1 Foo 2000 00:00:00 +0000", nil, 0),
            ("1 Jan 99999 00:00:00 +0000", nil, 0), ("1 Jan 2000 24:00:00 +0000", nil, 0), ("1 Jan 2000", nil, 0),
            ("99999999999999999999 Jan 2000 00:00:00", nil, 0), ("0 Jan 2000 00:00:00", nil, 0),
            ("1 Jan 2000 00:00:00 +9999", 946_684_800, 0), ("(((((((", nil, 0), ("1 Jan 2000 (\\", nil, 0),
        ] as [(String, Int64?, Int)]
    )
    func reads(_ text: String, _ seconds: Int64?, _ zone: Int) {
        let date = Self.header(text)
        #expect(date?.secondsSince1970 == seconds)
        if seconds != nil { #expect(date?.zoneMinutes == zone) }
    }

    @Test func `are written for headers, IMAP and mbox`() {
        let date = MailDate(secondsSince1970: 880_127_706, zoneMinutes: -360)
        #expect(date.rfc5322 == "Fri, 21 Nov 1997 09:55:06 -0600")
        #expect(date.internalDate == "21-Nov-1997 09:55:06 -0600")
        #expect(date.mboxDate == "Fri Nov 21 09:55:06 1997")
        #expect(MailDate(secondsSince1970: 0).internalDate == " 1-Jan-1970 00:00:00 +0000")
        #expect(MailDate(secondsSince1970: -1, zoneMinutes: 330).rfc5322 == "Thu, 1 Jan 1970 05:29:59 +0530")
    }

    @Test func `at the extremes are cut, not trapped on`() {
        #expect(MailDate(secondsSince1970: .max, zoneMinutes: .max).rfc5322.hasSuffix("9999 23:59:00 +2359"))
        #expect(MailDate(secondsSince1970: .min, zoneMinutes: .min).rfc5322.contains(" 0001 "))
        #expect(CivilDate(day: .max).year > 9999)
        #expect(CivilDate(day: .min).year < 0)
    }

    @Test(
        "of IMAP are read strictly",
        arguments: [
            ("17-Jul-1996 02:44:25 -0700", 837_596_665), (" 7-Jul-1996 02:44:25 +0000", 836_707_465),
            ("17-jul-1996 02:44:25 +0000", 837_571_465), ("17-Jul-1996 02:44:25", nil),
            ("17-Jul-1996 02:44:25 -0700 ", nil),
            ("17 Jul 1996 02:44:25 -0700", nil), ("31-Feb-1996 02:44:25 -0700", nil), ("17-Jul-96 02:44:25 -0700", nil),
            ("", nil),
        ] as [(String, Int64?)]
    )
    func internalDate(_ text: String, _ seconds: Int64?) {
        #expect(Self.internalDate(text)?.secondsSince1970 == seconds)
    }

    @Test func `of SEARCH are days, and SENTON looks at the date's own zone`() throws {
        let day = try #require(Self.searchDate("1-Feb-1994")).day
        #expect(day == 8797)
        #expect(Self.searchDate("1-Feb-1994 ") == nil)
        let date = try #require(Self.header("1 Feb 1994 23:30:00 -0800"))
        #expect(date.day == day)
    }

    @Test func `agree with Foundation over four centuries`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: -60_000, to: 100_000, by: 331) {
            let civil = CivilDate(day: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day],
                from: Date(timeIntervalSince1970: Double(day) * 86_400)
            )
            #expect(civil.year == parts.year)
            #expect(civil.month == parts.month)
            #expect(civil.dayOfMonth == parts.day)
            #expect(civil.day == day)
        }
    }

    @Test func `read back what they wrote`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let date = MailDate(
                secondsSince1970: Int64.random(in: -62_000_000_000...253_000_000_000, using: &random),
                zoneMinutes: Int.random(in: -1439...1439, using: &random)
            )
            #expect(Self.header(date.rfc5322) == date)
            #expect(Self.internalDate(date.internalDate) == date)
        }
    }

    @Test func `random changes never trap`() {
        var random = SeededGenerator(seed: 4)
        let seed = Array("Fri, 21 Nov 1997 09:55:06 -0600 (CST)".utf8)
        for _ in 0..<3_000 {
            let text = random.mutation(of: seed)
            _ = MailDate(rfc5322: text.span)?.rfc5322
            _ = MailDate(internalDate: text.span)
            _ = CivilDate(imap: text.span)
        }
    }
}
