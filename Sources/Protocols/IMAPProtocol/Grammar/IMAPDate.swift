// SPDX-License-Identifier: Apache-2.0

/// A day of the calendar, without a time zone (RFC 3501 section 9, `date`).
package struct IMAPDate: Hashable, Comparable, Sendable {
    /// 0 to 9999.
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int

    /// Makes a day, or nil when the calendar has none such.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month),
            day >= 1, day <= Self.length(ofMonth: month, year: year)
        else {
            return nil
        }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Makes the day that lies so many days after 1 January 1970, moved into the years 0 to 9999.
    package init(daysSinceEpoch: Int) {
        // Days are counted in eras of 400 years that begin on 1 March, so that a leap day is the last of its year.
        let days = min(max(daysSinceEpoch, -719_528), 2_932_896) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The days since 1 January 1970; negative before it.
    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    /// The names of the months as they are written.
    static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CommandParser {
    // date = date-text / DQUOTE date-text DQUOTE; date-text = date-day "-" date-month "-" date-year
    mutating func date() throws(IMAPSyntaxError) -> IMAPDate {
        let isQuoted = take(UInt8(ascii: "\""))
        let hasOneDigit = position + 1 < end && !input[position + 1].isDigit
        let day = try digits(hasOneDigit ? 1 : 2)
        let date = try monthAndYear(day: day)
        if isQuoted {
            try require(UInt8(ascii: "\""), "Invalid date.")
        }
        return date
    }

    // "-" date-month "-" date-year; date-month = "Jan" / "Feb" / … ; date-year = 4DIGIT
    mutating func monthAndYear(day: Int) throws(IMAPSyntaxError) -> IMAPDate {
        try require(UInt8(ascii: "-"), "Invalid date.")
        let name = run { $0.isLetter }
        let month = IMAPDate.monthNames.firstIndex { equalIgnoringCase($0.utf8, name) }
        try require(UInt8(ascii: "-"), "Invalid date.")
        let year = try digits(4)
        guard let month, let date = IMAPDate(year: year, month: month + 1, day: day) else {
            throw .invalid("Invalid date.")
        }
        return date
    }
}
