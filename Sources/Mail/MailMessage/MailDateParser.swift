// SPDX-License-Identifier: Apache-2.0

extension MailDate {
    /// Reads the value of a `Date` field (RFC 5322 sections 3.3 and 4.3), tolerantly.
    ///
    /// The day's name, comments and what follows the zone are ignored; years of two and three digits count as the RFC says; an
    /// unknown zone counts as UTC. Nil if there is no such day or time.
    package init?(rfc5322 bytes: Span<UInt8>) {
        var reader = DateReader(end: min(bytes.count, 1024))
        reader.skipSpace(bytes)
        if reader.name(bytes) != nil {
            reader.skipSpace(bytes)
            reader.skip(bytes, UInt8(ascii: ","))
            reader.skipSpace(bytes)
        }
        guard let dayOfMonth = reader.number(bytes, digits: 1...2) else { return nil }
        reader.skipSeparator(bytes)
        guard let month = reader.month(bytes) else { return nil }
        reader.skipSeparator(bytes)
        guard let year = reader.year(bytes), let date = CivilDate(year: year, month: month, dayOfMonth: dayOfMonth)
        else { return nil }
        reader.skipSpace(bytes)
        guard let second = reader.time(bytes) else { return nil }
        reader.skipSpace(bytes)
        let zone = reader.zone(bytes) ?? 0
        self.init(date: date, second: second, zoneMinutes: zone)
    }

    /// Reads IMAP's `date-time` without the quotes: `17-Jul-1996 02:44:25 -0700` (RFC 3501 section 9); nil if it is none.
    package init?(internalDate bytes: Span<UInt8>) {
        var reader = DateReader(end: min(bytes.count, 64))
        reader.skip(bytes, Octet.space)
        guard let date = reader.dayMonthYear(bytes), reader.skip(bytes, Octet.space),
            let second = reader.time(bytes), reader.skip(bytes, Octet.space),
            let zone = reader.numericZone(bytes), reader.index == bytes.count
        else { return nil }
        self.init(date: date, second: second, zoneMinutes: zone)
    }

    private init(date: CivilDate, second: Int, zoneMinutes: Int) {
        self.init(
            secondsSince1970: Int64(date.day) * 86_400 + Int64(second) - Int64(zoneMinutes) * 60,
            zoneMinutes: zoneMinutes
        )
    }
}

extension CivilDate {
    /// Reads IMAP's `date` without the quotes, as `SINCE` takes it: `1-Feb-1994`; nil if it is none.
    package init?(imap bytes: Span<UInt8>) {
        var reader = DateReader(end: min(bytes.count, 64))
        guard let date = reader.dayMonthYear(bytes), reader.index == bytes.count else { return nil }
        self = date
    }
}

/// A position in the text of a date.
private struct DateReader {
    var index = 0
    let end: Int

    init(end: Int) {
        self.end = end
    }

    @discardableResult
    mutating func skip(_ bytes: Span<UInt8>, _ byte: UInt8) -> Bool {
        guard index < end, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// Skips blanks, folds and comments.
    mutating func skipSpace(_ bytes: Span<UInt8>) {
        var depth = 0
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")") where depth > 0: depth -= 1
            case UInt8(ascii: "\\") where depth > 0: index += 1
            case let byte where depth > 0 || Octet.isWhite(byte): break
            default: return
            }
            index += 1
        }
    }

    /// Blanks, or the hyphen of `17-Jul-1996`.
    mutating func skipSeparator(_ bytes: Span<UInt8>) {
        skipSpace(bytes)
        if skip(bytes, UInt8(ascii: "-")) { skipSpace(bytes) }
    }

    mutating func number(_ bytes: Span<UInt8>, digits: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while index < end, count < digits.upperBound, let digit = Octet.digit(bytes[index]) {
            value = value * 10 + digit
            count += 1
            index += 1
        }
        guard count >= digits.lowerBound else { return nil }
        if index < end, Octet.digit(bytes[index]) != nil { return nil }
        return value
    }

    /// A word of letters, of which at most the first eight count.
    mutating func name(_ bytes: Span<UInt8>) -> [UInt8]? {
        var word: [UInt8] = []
        while index < end, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index] | 0x20) {
            if word.count < 8 { word.append(Octet.lowercased(bytes[index])) }
            index += 1
        }
        return word.isEmpty ? nil : word
    }

    mutating func month(_ bytes: Span<UInt8>) -> Int? {
        guard let word = name(bytes)?.prefix(3), word.count == 3 else { return nil }
        return CivilDate.months.firstIndex { $0.utf8.map(Octet.lowercased).elementsEqual(word) }.map { $0 + 1 }
    }

    mutating func year(_ bytes: Span<UInt8>) -> Int? {
        let start = index
        guard let value = number(bytes, digits: 2...4) else { return nil }
        switch index - start {
        case 2: return value < 50 ? 2000 + value : 1900 + value
        case 3: return 1900 + value
        default: return value
        }
    }

    // time-of-day = hour ":" minute [ ":" second ]
    mutating func time(_ bytes: Span<UInt8>) -> Int? {
        guard let hour = number(bytes, digits: 1...2), hour < 24, skip(bytes, UInt8(ascii: ":")),
            let minute = number(bytes, digits: 2...2), minute < 60
        else { return nil }
        guard skip(bytes, UInt8(ascii: ":")) else { return hour * 3600 + minute * 60 }
        guard let second = number(bytes, digits: 2...2), second <= 60 else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    mutating func zone(_ bytes: Span<UInt8>) -> Int? {
        if let zone = numericZone(bytes) { return zone }
        guard let name = name(bytes) else { return nil }
        switch String(decoding: name, as: UTF8.self) {
        case "edt": return -4 * 60
        case "est", "cdt": return -5 * 60
        case "cst", "mdt": return -6 * 60
        case "mst", "pdt": return -7 * 60
        case "pst": return -8 * 60
        default: return 0
        }
    }

    // zone = ( "+" / "-" ) 4DIGIT
    mutating func numericZone(_ bytes: Span<UInt8>) -> Int? {
        guard index < end, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") else { return nil }
        let isWest = bytes[index] == UInt8(ascii: "-")
        index += 1
        guard let value = number(bytes, digits: 4...4), value % 100 < 60, value / 100 < 24 else { return nil }
        let minutes = value / 100 * 60 + value % 100
        return isWest ? -minutes : minutes
    }

    // date = date-day "-" date-month "-" date-year
    mutating func dayMonthYear(_ bytes: Span<UInt8>) -> CivilDate? {
        guard let day = number(bytes, digits: 1...2), skip(bytes, UInt8(ascii: "-")), let month = month(bytes),
            skip(bytes, UInt8(ascii: "-")), let year = number(bytes, digits: 4...4)
        else { return nil }
        return CivilDate(year: year, month: month, dayOfMonth: day)
    }
}
