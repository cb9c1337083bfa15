// SPDX-License-Identifier: Apache-2.0

/// An instant with the time zone in which it is written: INTERNALDATE (RFC 3501 section 9, `date-time`).
package struct IMAPDateTime: Hashable, Sendable {
    /// Seconds since 1 January 1970 UTC.
    package let unixTime: Int64
    /// Minutes east of UTC, between -1439 and 1439.
    package let zoneMinutes: Int

    /// Makes an instant; a zone outside of a day is moved to its edge.
    package init(unixTime: Int64, zoneMinutes: Int = 0) {
        self.unixTime = unixTime
        self.zoneMinutes = min(max(zoneMinutes, -1439), 1439)
    }

    /// The day in the instant's own time zone, which is what SEARCH BEFORE, ON and SINCE compare.
    package var date: IMAPDate { IMAPDate(daysSinceEpoch: Int(localSeconds.quotient)) }

    /// Hour, minute and second in the instant's own time zone.
    package var time: (hour: Int, minute: Int, second: Int) {
        let seconds = Int(localSeconds.remainder)
        return (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// The local time as whole days and the seconds of the last one; the days saturate at the ends of `Int64`.
    private var localSeconds: (quotient: Int64, remainder: Int64) {
        let (sum, overflow) = unixTime.addingReportingOverflow(Int64(zoneMinutes) * 60)
        let seconds = overflow ? unixTime : sum
        let remainder = (seconds % 86_400 + 86_400) % 86_400
        let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        return (days, remainder)
    }
}

extension CommandParser {
    // date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    //
    // date-day-fixed = (SP DIGIT) / 2DIGIT; time = 2DIGIT ":" 2DIGIT ":" 2DIGIT; zone = ("+" / "-") 4DIGIT
    mutating func dateTime() throws(IMAPSyntaxError) -> IMAPDateTime {
        let invalid = "Invalid internal date."
        try require(UInt8(ascii: "\""), invalid)
        let day = take(UInt8(ascii: " ")) ? try digits(1) : try digits(2)
        let date = try monthAndYear(day: day)
        try require(UInt8(ascii: " "), invalid)
        let hour = try digits(2)
        try require(UInt8(ascii: ":"), invalid)
        let minute = try digits(2)
        try require(UInt8(ascii: ":"), invalid)
        let second = try digits(2)
        try require(UInt8(ascii: " "), invalid)
        let isWest = take(UInt8(ascii: "-"))
        if !isWest {
            try require(UInt8(ascii: "+"), invalid)
        }
        let zoneHour = try digits(2)
        let zoneMinute = try digits(2)
        try require(UInt8(ascii: "\""), invalid)
        // Second 60 is a leap second.
        guard hour < 24, minute < 60, second <= 60, zoneHour < 24, zoneMinute < 60 else {
            throw .invalid(invalid)
        }
        let zone = (zoneHour * 60 + zoneMinute) * (isWest ? -1 : 1)
        let local = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second
        return IMAPDateTime(unixTime: Int64(local - zone * 60), zoneMinutes: zone)
    }
}
