// SPDX-License-Identifier: Apache-2.0

/// A moment and the zone it was written in.
package struct MailDate: Hashable, Sendable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var secondsSince1970: Int64
    /// The zone's difference from UTC in minutes, east positive.
    package var zoneMinutes: Int

    /// Makes a date; seconds outside the years 1 to 9999 and zones beyond a day are cut to what can be written.
    package init(secondsSince1970: Int64, zoneMinutes: Int = 0) {
        self.secondsSince1970 = min(max(secondsSince1970, -62_135_510_400), 253_402_214_400)
        self.zoneMinutes = min(max(zoneMinutes, -1439), 1439)
    }

    /// The day in the date's own zone, as days since 1970-01-01: what `SENTON` compares (RFC 3501 section 6.4.4).
    package var day: Int {
        CivilDate.dividing(localSeconds, by: 86_400).quotient
    }

    private var localSeconds: Int {
        Int(truncatingIfNeeded: secondsSince1970) + zoneMinutes * 60
    }

    /// The date for a header field: `Sat, 21 Nov 2026 02:06:38 +0100` (RFC 5322 section 3.3).
    package var rfc5322: String {
        let parts = parts
        let weekday = CivilDate.weekdays[CivilDate.dividing(parts.day + 4, by: 7).remainder]
        let date = CivilDate(day: parts.day)
        return "\(weekday), \(date.dayOfMonth) \(date.monthName) \(pad(date.year, 4)) \(time(parts.second)) \(zone)"
    }

    /// The date as IMAP's INTERNALDATE, without the quotes: `17-Jul-1996 02:44:25 -0700`, the day padded with a space.
    package var internalDate: String {
        let parts = parts
        let date = CivilDate(day: parts.day)
        let day = date.dayOfMonth < 10 ? " \(date.dayOfMonth)" : "\(date.dayOfMonth)"
        return "\(day)-\(date.monthName)-\(pad(date.year, 4)) \(time(parts.second)) \(zone)"
    }

    /// The date as the `From ` line of an mbox has it, in the date's own zone: `Sat Nov 21 02:06:38 2026`.
    package var mboxDate: String {
        let parts = parts
        let weekday = CivilDate.weekdays[CivilDate.dividing(parts.day + 4, by: 7).remainder]
        let date = CivilDate(day: parts.day)
        let day = date.dayOfMonth < 10 ? " \(date.dayOfMonth)" : "\(date.dayOfMonth)"
        return "\(weekday) \(date.monthName) \(day) \(time(parts.second)) \(pad(date.year, 4))"
    }

    private var parts: (day: Int, second: Int) {
        let (quotient, remainder) = CivilDate.dividing(localSeconds, by: 86_400)
        return (quotient, remainder)
    }

    private func time(_ second: Int) -> String {
        "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
    }

    private var zone: String {
        let minutes = abs(zoneMinutes)
        return (zoneMinutes < 0 ? "-" : "+") + pad(minutes / 60, 2) + pad(minutes % 60, 2)
    }

    private func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
