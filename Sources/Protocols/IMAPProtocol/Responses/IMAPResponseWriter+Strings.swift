// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

extension IMAPResponseWriter {
    /// The longest string that is quoted; longer ones are literals.
    private static let longestQuoted = 4096

    /// A string: quoted if the bytes allow it, else a literal.
    package mutating func string(_ bytes: [UInt8]) {
        write(string: bytes)
    }

    /// A string: quoted if the bytes allow it, else a literal.
    package mutating func string(_ bytes: ArraySlice<UInt8>) {
        write(string: bytes)
    }

    /// A string of text.
    package mutating func string(_ text: String) {
        write(string: text.utf8)
    }

    /// A string, or NIL.
    package mutating func nstring(_ bytes: [UInt8]?) {
        guard let bytes else {
            raw("NIL")
            return
        }
        write(string: bytes)
    }

    /// A string, or NIL.
    package mutating func nstring(_ bytes: ArraySlice<UInt8>?) {
        guard let bytes else {
            raw("NIL")
            return
        }
        write(string: bytes)
    }

    /// A string of text, or NIL.
    package mutating func nstring(_ text: String?) {
        guard let text else {
            raw("NIL")
            return
        }
        write(string: text.utf8)
    }

    /// An atom if the bytes allow it and are not `NIL`, else a string.
    package mutating func astring(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.allSatisfy(\.isAStringCharacter), !equalIgnoringCase(bytes, "NIL".utf8) else {
            write(string: bytes)
            return
        }
        output.append(contentsOf: bytes)
    }

    /// A literal.
    ///
    /// NUL, which no literal may hold, becomes 0x80.
    package mutating func literal(_ bytes: [UInt8]) {
        write(literal: bytes)
    }

    /// A literal.
    ///
    /// NUL, which no literal may hold, becomes 0x80.
    package mutating func literal(_ bytes: ArraySlice<UInt8>) {
        write(literal: bytes)
    }

    // The generic forms stay within the module, where the compiler makes a fast one for each type of bytes.

    // string = quoted / literal
    private mutating func write(string bytes: some Collection<UInt8>) {
        guard isQuotable(bytes) else {
            write(literal: bytes)
            return
        }
        output.append(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                output.append(UInt8(ascii: "\\"))
            }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func write(literal bytes: some Collection<UInt8>) {
        literalHead(size: bytes.count)
        guard Self.hasNUL(bytes) else {
            output.append(contentsOf: bytes)
            return
        }
        output.append(contentsOf: bytes.lazy.map { $0 == 0 ? 0x80 : $0 })
    }

    private static func hasNUL(_ bytes: some Collection<UInt8>) -> Bool {
        let found = bytes.withContiguousStorageIfAvailable { room in
            unsafe ByteSpans.LineScanner.contains(0, in: Span(_unsafeElements: room))
        }
        return found ?? bytes.contains(0)
    }

    /// The announcement of a literal whose octets the driver sends itself: `{42}` and the end of line.
    ///
    /// Who streams the octets must not send NUL; `literal(_:)` makes it 0x80.
    package mutating func literalHead(size: Int) {
        output.append(UInt8(ascii: "{"))
        number(UInt64(max(size, 0)))
        output.append(UInt8(ascii: "}"))
        lineEnd()
    }

    /// A mailbox's name: modified UTF-7, as an atom or a string.
    package mutating func mailbox(_ name: IMAPMailboxName) {
        astring(name.encoded)
    }

    /// flag-list, in parentheses; keywords are names of `Keyword`s.
    ///
    /// `acceptsKeywords` adds `\*`, in PERMANENTFLAGS.
    package mutating func flags(
        _ system: SystemFlags,
        _ keywords: [String] = [],
        acceptsKeywords: Bool = false
    ) {
        output.append(UInt8(ascii: "("))
        var needsSpace = false
        func separate(_ output: inout [UInt8]) {
            if needsSpace {
                output.append(0x20)
            }
            needsSpace = true
        }
        if !system.isEmpty {
            for row in SystemFlags.names where system.contains(row.flag) {
                separate(&output)
                raw(row.name)
            }
        }
        for keyword in keywords {
            separate(&output)
            raw(keyword)
        }
        if acceptsKeywords {
            separate(&output)
            raw("\\*")
        }
        output.append(UInt8(ascii: ")"))
    }

    /// date-time, in quotes: `"05-Nov-2026 08:15:00 +0100"`.
    package mutating func dateTime(_ instant: IMAPDateTime) {
        let date = instant.date
        let time = instant.time
        let zone = abs(instant.zoneMinutes)
        output.append(UInt8(ascii: "\""))
        padded(date.day, digits: 2)
        output.append(UInt8(ascii: "-"))
        raw(IMAPDate.monthNames[date.month - 1])
        output.append(UInt8(ascii: "-"))
        padded(date.year, digits: 4)
        output.append(0x20)
        padded(time.hour, digits: 2)
        output.append(UInt8(ascii: ":"))
        padded(time.minute, digits: 2)
        output.append(UInt8(ascii: ":"))
        padded(time.second, digits: 2)
        output.append(0x20)
        output.append(instant.zoneMinutes < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        padded(zone / 60 * 100 + zone % 60, digits: 4)
        output.append(UInt8(ascii: "\""))
    }

    /// Whether all bytes may stand between quotes: 7-bit, without controls (which are legal but confuse clients).
    private func isQuotable(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count <= Self.longestQuoted && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }
    }
}
