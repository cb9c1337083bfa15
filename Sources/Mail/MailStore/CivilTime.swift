// SPDX-License-Identifier: Apache-2.0
internal import POSIX

/// A moment as a calendar shows it, for `From ` lines.
struct CivilTime: Equatable {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    /// The moment, in seconds since the epoch, in the zone that is `zoneMinutes` ahead of UTC.
    init(seconds: Int64, zoneMinutes: Int) {
        let local = Int(seconds.clamped(to: -62_135_596_800...253_402_300_799)) + zoneMinutes * 60
        let (days, rest) = Self.floorDivide(local, 86400)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        // Days since 0000-03-01, in eras of 400 years: leap days come last in such a year.
        let (era, dayOfEra) = Self.floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// A moment from its parts; nil where they are out of range.
    init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard 1...9999 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Seconds since the epoch in the zone that is `zoneMinutes` ahead of UTC.
    func seconds(zoneMinutes: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = Self.floorDivide(shifted, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Int64(days * 86400 + hour * 3600 + minute * 60 + second - zoneMinutes * 60)
    }

    /// As asctime(3) writes it: `Fri Nov 20 09:05:00 2026`.
    var text: String {
        let era = Self.floorDivide(Int(seconds(zoneMinutes: 0)), 86400).quotient
        let weekday = Self.weekdays[Self.floorDivide(era + 4, 7).remainder]
        let month = Self.months[(self.month - 1) % 12]
        return "\(weekday) \(month) \(Self.padded(day, " ")) \(Self.padded(hour, "0")):\(Self.padded(minute, "0")):"
            + "\(Self.padded(second, "0")) \(year)"
    }

    /// The number of a month's English abbreviation, 1 to 12.
    static func month(_ name: Substring) -> Int? {
        months.firstIndex { $0 == name }.map { $0 + 1 }
    }

    /// Whether this is the English abbreviation of a weekday.
    static func isWeekday(_ name: Substring) -> Bool {
        weekdays.contains { $0 == name }
    }

    private static func padded(_ number: Int, _ filler: String) -> String {
        number < 10 ? "\(filler)\(number)" : "\(number)"
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
    }
}

extension Comparable {
    fileprivate func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
