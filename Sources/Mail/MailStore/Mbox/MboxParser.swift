// SPDX-License-Identifier: Apache-2.0
internal import MailMessage
internal import POSIX

/// A message in an mbox: where its parts are, and what its status fields say.
struct MboxMessage: Equatable {
    /// Where the `From ` line begins.
    var start: Int
    /// Where the header begins.
    var header: Int
    /// Where the body begins, after the empty line.
    var body: Int
    /// Where the body ends, without the empty line that divides it from the next message.
    var end: Int
    /// Where the next message begins, or the file ends.
    var next: Int
    /// The date of the `From ` line in seconds since the epoch.
    var date: Int64
    /// Header lines that are ours: not part of what a reader sees.
    var hidden: [Range<Int>] = []
    /// How long the empty line after the header is; 0 where the message ends before.
    var emptyLine = 0
    /// Whether the file ends within a line of this message.
    var isCutOff = false
    /// Line ends without CR in what a reader sees, that of a line that is cut off included.
    var bareLines = 0
    var uid: UInt32?
    var flags: MessageFlags = []
    /// Whether an earlier session has seen it (`Status: O`).
    var isOld = false
    var keywords: [String] = []

    /// Bytes in the file that a reader sees.
    var size: Int {
        end - header - hidden.reduce(0) { $0 + $1.count }
    }

    /// Line ends that the file lacks: of a line that is cut off, of the empty line after the header.
    ///
    /// The file gets them when the message is written anew, so a reader sees them from the beginning: what a UID names
    /// never changes (RFC 3501 section 2.3.1.1).
    var missingLineEnds: Int { (isCutOff ? 1 : 0) + (emptyLine == 0 ? 1 : 0) }

    /// Bytes that a reader sees.
    var seenSize: Int { size + missingLineEnds }

    /// Bytes with CRLF line ends.
    var virtualSize: Int { seenSize + bareLines + (emptyLine == 0 ? 1 : 0) }
}

/// Reads an mbox in chunks of any size: an empty line, or the start of the file, then a `From ` line with a date begins a
/// message.
///
/// What stands before the first such line belongs to no message. Fields of a hostile message may pretend a status; its
/// UID counts only below what `X-IMAPbase` of the first message allows.
struct MboxParser {
    /// UIDVALIDITY and the last UID given, as the first message's `X-IMAPbase` has them.
    struct Base: Equatable {
        var uidValidity: UInt32
        var lastUID: UInt32
        var keywords: [String]
    }

    /// How much of a line is looked at.
    private static let lineLimit = 2000

    private(set) var messages: [MboxMessage] = []
    private(set) var base: Base?
    private var position = 0
    private var carry: [UInt8] = []
    private var carryLength = 0
    private var inHeader = false
    private var hidesContinuation = false
    private var blankLength = 0
    private var atStart = true

    /// Reads the next part of the file.
    mutating func feed(_ chunk: [UInt8]) {
        var start = chunk.startIndex
        while start < chunk.endIndex {
            guard let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                hold(chunk[start...])
                return
            }
            if carryLength == 0 {
                line(chunk[start..<end], length: end - start + 1)
            } else {
                hold(chunk[start..<end])
                let held = carry
                let length = carryLength + 1
                carry = []
                carryLength = 0
                line(held[...], length: length)
            }
            start = end + 1
        }
    }

    /// Ends the file.
    mutating func finish() {
        if carryLength > 0 {
            let held = carry
            let length = carryLength
            carry = []
            carryLength = 0
            line(held[...], length: length, isEnded: false)
        }
        close()
    }

    private mutating func hold(_ part: ArraySlice<UInt8>) {
        carry.append(contentsOf: part.prefix(max(0, Self.lineLimit - carry.count)))
        // The last byte decides whether the line ends with CR.
        if carry.count == Self.lineLimit, let last = part.last { carry[carry.count - 1] = last }
        carryLength += part.count
    }

    private mutating func line(_ text: ArraySlice<UInt8>, length: Int, isEnded: Bool = true) {
        let start = position
        position += length
        let hasReturn = text.last == UInt8(ascii: "\r")
        let isBlank = text.isEmpty || (hasReturn && text.count == 1)
        if blankLength > 0 || atStart, text.starts(with: Array("From ".utf8)), let date = Self.date(of: text) {
            position = start
            close()
            position = start + length
            messages.append(
                MboxMessage(
                    start: start,
                    header: position,
                    body: position,
                    end: position,
                    next: position,
                    date: date
                )
            )
            inHeader = true
            hidesContinuation = false
            blankLength = 0
            atStart = false
            return
        }
        atStart = false
        blankLength = isBlank && isEnded ? length : 0
        guard !messages.isEmpty else { return }
        let index = messages.count - 1
        if inHeader {
            if isBlank {
                inHeader = false
                // A lone CR at the end of the file is one too, whose LF is missing.
                messages[index].emptyLine = length
            } else if isHidden(text, of: index, at: start..<position) {
                return
            }
            messages[index].body = position
        }
        if !hasReturn { messages[index].bareLines += 1 }
        if !isEnded { messages[index].isCutOff = true }
    }

    /// Ends the current message before `position`.
    private mutating func close() {
        guard !messages.isEmpty else { return }
        let index = messages.count - 1
        messages[index].next = position
        var end = position
        if blankLength > 0, position - blankLength >= messages[index].body {
            end -= blankLength
            if blankLength == 1 { messages[index].bareLines -= 1 }
        }
        if inHeader { messages[index].body = position }
        messages[index].end = max(end, messages[index].body)
    }

    /// Reads a field of ours; false for a field that belongs to the message.
    private mutating func isHidden(_ text: ArraySlice<UInt8>, of index: Int, at range: Range<Int>) -> Bool {
        if text.first == UInt8(ascii: " ") || text.first == UInt8(ascii: "\t") {
            if hidesContinuation { hide(range, of: index) }
            return hidesContinuation
        }
        hidesContinuation = false
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon - text.startIndex <= 16 else { return false }
        let name = String(decoding: text[..<colon], as: UTF8.self).lowercased()
        let words = text[(colon + 1)...].split { $0 == UInt8(ascii: " ") || $0 == 9 || $0 == 13 }
        switch name {
        case "x-uid":
            messages[index].uid = words.first.flatMap { decimal($0, below: Int(UIDList.highestUID)) }.map(UInt32.init)
        case "status":
            if words.first?.contains(UInt8(ascii: "R")) == true { messages[index].flags.insert(.seen) }
            if words.first?.contains(UInt8(ascii: "O")) == true { messages[index].isOld = true }
        case "x-status":
            for letter in words.first ?? [] {
                switch letter {
                case UInt8(ascii: "A"): messages[index].flags.insert(.answered)
                case UInt8(ascii: "F"): messages[index].flags.insert(.flagged)
                case UInt8(ascii: "T"): messages[index].flags.insert(.draft)
                case UInt8(ascii: "D"): messages[index].flags.insert(.deleted)
                default: break
                }
            }
        case "x-keywords":
            messages[index].keywords = Self.keywords(words[...])
        case "x-imapbase", "x-imap":
            if index == 0, words.count >= 2, let validity = decimal(words[0], below: 1 << 32), validity > 0,
                let last = decimal(words[1], below: Int(UIDList.highestUID))
            {
                base = Base(
                    uidValidity: UInt32(validity),
                    lastUID: UInt32(last),
                    keywords: Self.keywords(words.dropFirst(2))
                )
            }
        case "content-length": break
        default: return false
        }
        hidesContinuation = true
        hide(range, of: index)
        return true
    }

    private mutating func hide(_ range: Range<Int>, of index: Int) {
        if let last = messages[index].hidden.last, last.upperBound == range.lowerBound {
            messages[index].hidden[messages[index].hidden.count - 1] = last.lowerBound..<range.upperBound
        } else {
            messages[index].hidden.append(range)
        }
        messages[index].body = range.upperBound
    }

    private static func keywords(_ words: ArraySlice<ArraySlice<UInt8>>) -> [String] {
        words.prefix(KeywordList.limit).map { String(decoding: $0, as: UTF8.self) }.filter(KeywordList.isValid)
    }

    /// The date of a `From ` line in seconds since the epoch; nil when it has none, so is no such line.
    ///
    /// `From sender Www Mmm dd hh:mm[:ss] [zone] yyyy [zone]`
    static func date(of line: ArraySlice<UInt8>) -> Int64? {
        let words = String(decoding: line.dropFirst(5).prefix(1500), as: UTF8.self).split { $0 == " " || $0 == "\r" }
        guard
            let first = words.indices.last(where: { index in
                index + 4 < words.count && CivilDate.isWeekday(words[index])
                    && CivilDate.month(named: words[index + 1]) != nil
            })
        else { return nil }
        let time = words[first + 3].split(separator: ":").map { decimal($0.utf8, below: 100) }
        let isYear = { (word: Substring) in word.utf8.count == 4 && decimal(word.utf8, below: 10000) != nil }
        guard let yearIndex = words[(first + 4)...].prefix(2).firstIndex(where: isYear),
            let year = decimal(words[yearIndex].utf8, below: 10000), year > 0,
            let month = CivilDate.month(named: words[first + 1]),
            let date = CivilDate(year: year, month: month, dayOfMonth: 1),
            let day = decimal(words[first + 2].utf8, below: 32), day > 0,
            (2...3).contains(time.count), let hour = time[0], hour < 24, let minute = time[1], minute < 60
        else { return nil }
        let second = (time.count > 2 ? time[2] : 0) ?? 0
        guard second <= 60 else { return nil }
        // A day that its month lacks is one of the next month.
        let timeOfDay = hour * 3600 + minute * 60 + second
        let moment = Int64((date.day + day - 1) * 86400 + timeOfDay)
        // Without a zone it is local time, whose distance is that of nearly the same moment.
        let zones = [words[first + 4]] + words[(yearIndex + 1)...].prefix(1)
        let zone = zones.lazy.compactMap(Self.zone).first ?? Clock.zoneMinutes(at: moment)
        return moment - Int64(zone) * 60
    }

    /// `+hhmm` or `-hhmm` in minutes.
    private static func zone(_ word: Substring) -> Int? {
        guard word.utf8.count == 5, let sign = word.first, sign == "+" || sign == "-",
            let digits = decimal(word.utf8.dropFirst(), below: 1500)
        else { return nil }
        let minutes = digits / 100 * 60 + digits % 100
        return sign == "-" ? 0 - minutes : minutes
    }
}
