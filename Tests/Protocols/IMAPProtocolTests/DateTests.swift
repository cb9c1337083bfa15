// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("Dates (RFC 3501 section 9, date and date-time)")
struct DateTests {
    private func dateTime(_ text: String) -> IMAPDateTime? {
        guard case .appendStarted(let command)? = events("a APPEND INBOX \"\(text)\" {0+}\r\n").first else {
            return nil
        }
        return command.date
    }

    private func written(_ instant: IMAPDateTime) -> String {
        var writer = IMAPResponseWriter()
        writer.dateTime(instant)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    @Test(arguments: [
        ("01-Jan-1970 00:00:00 +0000", 0, 0), (" 5-Nov-2026 08:15:00 +0100", 1_793_862_900, 60),
        ("29-Feb-2000 23:59:60 -1130", 951_910_200, -690), ("31-DEC-1969 23:59:59 -0000", -1, 0),
        ("01-Jan-0000 00:00:00 +2359", -62_167_305_540, 1439), ("31-Dec-9999 23:59:60 -2359", 253_402_387_140, -1439),
    ])
    func `An instant is read`(text: String, unixTime: Int64, zone: Int) {
        #expect(dateTime(text) == IMAPDateTime(unixTime: unixTime, zoneMinutes: zone))
    }

    @Test(arguments: [
        "", "1-Jan-1970 00:00:00 +0000", "001-Jan-1970 00:00:00 +0000", "00-Jan-1970 00:00:00 +0000",
        "29-Feb-1900 00:00:00 +0000", "30-Feb-2000 00:00:00 +0000", "31-Jun-2000 00:00:00 +0000",
        "01-Foo-1970 00:00:00 +0000", "01-Jan-70 00:00:00 +0000", "01-Jan-19700 00:00:00 +0000",
        "01-Jan-1970 24:00:00 +0000", "01-Jan-1970 00:60:00 +0000", "01-Jan-1970 00:00:61 +0000",
        "01-Jan-1970 00:00:00 +2400", "01-Jan-1970 00:00:00 +0060", "01-Jan-1970 00:00:00 0000",
        "01-Jan-1970 00:00:00", "01-Jan-1970 00:00 +0000", "01 Jan 1970 00:00:00 +0000", "+1-Jan-1970 00:00:00 +0000",
    ])
    func `A wrong instant is refused`(text: String) {
        #expect(dateTime(text) == nil)
    }

    @Test(arguments: [
        (0, 0, "\"01-Jan-1970 00:00:00 +0000\""), (1_793_862_900, 60, "\"05-Nov-2026 08:15:00 +0100\""),
        (-1, -90, "\"31-Dec-1969 22:29:59 -0130\""), (0, 100_000, "\"01-Jan-1970 23:59:00 +2359\""),
        (.max, 1439, "\"31-Dec-9999 15:30:07 +2359\""), (.min, -1439, "\"01-Jan-0000 08:29:52 -2359\""),
    ])
    func `An instant is written, extremes included`(unixTime: Int64, zone: Int, text: String) {
        #expect(written(IMAPDateTime(unixTime: unixTime, zoneMinutes: zone)) == text)
    }

    @Test func `Days are counted without a gap`() throws {
        var last = try #require(IMAPDate(year: 0, month: 1, day: 1)).daysSinceEpoch - 1
        for year in [0, 1, 4, 100, 400, 1600, 1900, 1969, 1970, 2000, 2024, 2100, 9999] {
            last = try #require(IMAPDate(year: year, month: 1, day: 1)).daysSinceEpoch - 1
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = IMAPDate(year: year, month: month, day: day) else {
                        continue
                    }
                    #expect(date.daysSinceEpoch == last + 1)
                    #expect(IMAPDate(daysSinceEpoch: last + 1) == date)
                    last += 1
                }
            }
        }
        #expect(IMAPDate(daysSinceEpoch: .min) == IMAPDate(year: 0, month: 1, day: 1))
        #expect(IMAPDate(daysSinceEpoch: .max) == IMAPDate(year: 9999, month: 12, day: 31))
        #expect(IMAPDate(year: 10_000, month: 1, day: 1) == nil && IMAPDate(year: -1, month: 1, day: 1) == nil)
        #expect(IMAPDate(year: .max, month: .max, day: .max) == nil && IMAPDate(year: 1, month: 1, day: .min) == nil)
    }

    @Test func `Dates are compared, in the zone of the instant`() throws {
        let day = try #require(IMAPDate(year: 2026, month: 2, day: 28))
        #expect(try day < #require(IMAPDate(year: 2026, month: 3, day: 1)))
        #expect(IMAPDateTime(unixTime: day.secondsForTest + 86_399, zoneMinutes: 0).date == day)
        #expect(IMAPDateTime(unixTime: day.secondsForTest + 86_399, zoneMinutes: 1).date > day)
    }
}

extension IMAPDate {
    /// The first second of the day, UTC.
    fileprivate var secondsForTest: Int64 { Int64(daysSinceEpoch) * 86_400 }
}
