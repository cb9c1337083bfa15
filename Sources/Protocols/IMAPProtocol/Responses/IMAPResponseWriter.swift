// SPDX-License-Identifier: Apache-2.0

/// Writes responses into one buffer, which the driver takes and sends (RFC 3501 section 7).
///
/// The pieces (`raw`, `number`, `string`, `nstring`, …) build what is not here, such as ENVELOPE and BODYSTRUCTURE.
package struct IMAPResponseWriter: Sendable {
    /// What was written and not yet taken.
    package var output: [UInt8] = []
    /// Whether the FETCH response being written has an item before the next one.
    var hasFetchItem = false

    package init() {}

    /// Takes what was written.
    package mutating func take() -> [UInt8] {
        let taken = output
        output = []
        return taken
    }

    // MARK: Pieces

    /// Text that is known to be right as it stands.
    package mutating func raw(_ text: String) {
        output.append(contentsOf: text.utf8)
    }

    /// Bytes that are known to be right as they stand, such as a response formatted before.
    package mutating func raw(_ bytes: [UInt8]) {
        output.append(contentsOf: bytes)
    }

    /// Bytes that are known to be right as they stand.
    package mutating func raw(_ bytes: ArraySlice<UInt8>) {
        output.append(contentsOf: bytes)
    }

    /// One byte, as a parenthesis or a space.
    package mutating func byte(_ byte: UInt8) {
        output.append(byte)
    }

    /// The end of a line.
    package mutating func lineEnd() {
        output.append(0x0D)
        output.append(0x0A)
    }

    /// A number.
    package mutating func number(_ value: UInt32) {
        number(UInt64(value))
    }

    /// A number.
    package mutating func number(_ value: UInt64) {
        if value >= 10 {
            number(value / 10)
        }
        output.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
    }

    /// A number of so many digits at least.
    mutating func padded(_ value: Int, digits: Int) {
        var limit = 1
        for _ in 1..<digits {
            limit *= 10
        }
        while limit > 1, value < limit {
            output.append(0x30)
            limit /= 10
        }
        number(UInt64(max(value, 0)))
    }

    /// Words with a space between two.
    mutating func words(_ words: some Sequence<String>) {
        var isFirst = true
        for word in words {
            if !isFirst {
                output.append(0x20)
            }
            isFirst = false
            raw(word)
        }
    }

    /// A set in its shortest form: `1:3,5`.
    package mutating func set(_ set: NumberSet) {
        var isFirst = true
        for range in set.ranges {
            if !isFirst {
                output.append(UInt8(ascii: ","))
            }
            isFirst = false
            number(range.lowerBound)
            if range.lowerBound != range.upperBound {
                output.append(UInt8(ascii: ":"))
                number(range.upperBound)
            }
        }
    }

    // MARK: Status responses and continuations

    /// A tagged status response: `A1 OK [CODE] text`.
    ///
    /// Control characters in the text become `?`.
    package mutating func tagged(
        _ tag: IMAPTag,
        _ condition: IMAPCondition,
        _ code: IMAPResponseCode? = nil,
        text: String
    ) {
        output.append(contentsOf: tag.bytes)
        status(condition, code, text)
    }

    /// An untagged status response: `* OK [CODE] text`.
    package mutating func untagged(_ condition: IMAPCondition, _ code: IMAPResponseCode? = nil, text: String) {
        raw("*")
        status(condition, code, text)
    }

    /// The reply to a command that is not carried out.
    package mutating func refusal(_ refusal: CommandRefusal) {
        guard let tag = refusal.tag else {
            untagged(refusal.condition, refusal.code, text: refusal.text)
            return
        }
        tagged(tag, refusal.condition, refusal.code, text: refusal.text)
    }

    /// A continuation request with text: `+ OK`, `+ idling`.
    package mutating func continuation(_ text: String = "OK") {
        raw("+ ")
        humanText(text)
        lineEnd()
    }

    /// A SASL challenge, already in base64; an empty one is `+ `.
    package mutating func challenge(_ base64: [UInt8]) {
        raw("+ ")
        raw(base64)
        lineEnd()
    }

    private mutating func status(_ condition: IMAPCondition, _ code: IMAPResponseCode?, _ text: String) {
        raw(" ")
        raw(condition.rawValue)
        raw(" ")
        if let code {
            self.code(code)
        }
        humanText(text)
        lineEnd()
    }

    /// text = 1*TEXT-CHAR: no control character may end the line early, and the text is never empty.
    private mutating func humanText(_ text: String) {
        guard !text.isEmpty else {
            raw("-")
            return
        }
        for byte in text.utf8 {
            output.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte)
        }
    }
}
