// SPDX-License-Identifier: Apache-2.0

/// Decodes quoted-printable chunk by chunk (RFC 2045 section 6.7); a senseless escape stays as it is.
package struct QuotedPrintableDecoder: Sendable {
    /// What of an escape has come: nothing, "=", or "=" and what follows it.
    private enum State: Sendable {
        case text
        case escape
        case firstDigit(UInt8)
        /// Blanks after "=", or its CR: a soft line end if an LF comes.
        case softEnd
    }

    private var state = State.text
    /// Blanks that count only if the line goes on after them.
    private var blanks: [UInt8] = []

    /// Makes a decoder at the begin of a body.
    package init() {}

    /// Decodes a part of a span and appends the result.
    package mutating func decode(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        for index in bytes.clamped(range) { take(bytes[index], &output) }
    }

    /// Appends what was held back at the end of the last chunk.
    package mutating func finish(into output: inout [UInt8]) {
        switch state {
        case .text, .softEnd: break
        case .escape: output.append(UInt8(ascii: "="))
        case .firstDigit(let digit): output += [UInt8(ascii: "="), digit]
        }
        state = .text
        blanks.removeAll()
    }

    private mutating func take(_ byte: UInt8, _ output: inout [UInt8]) {
        switch state {
        case .text:
            text(byte, &output)
        case .escape:
            if Octet.hexadecimalDigit(byte) != nil {
                state = .firstDigit(byte)
            } else if Octet.isBlank(byte) || byte == Octet.cr {
                state = .softEnd
            } else if byte == Octet.lf {
                state = .text
            } else {
                output.append(UInt8(ascii: "="))
                state = .text
                text(byte, &output)
            }
        case .firstDigit(let first):
            state = .text
            if let high = Octet.hexadecimalDigit(first), let low = Octet.hexadecimalDigit(byte) {
                output.append(high << 4 | low)
            } else {
                output += [UInt8(ascii: "="), first]
                text(byte, &output)
            }
        case .softEnd:
            guard !Octet.isBlank(byte), byte != Octet.cr else { return }
            state = .text
            if byte != Octet.lf { text(byte, &output) }
        }
    }

    private mutating func text(_ byte: UInt8, _ output: inout [UInt8]) {
        if Octet.isBlank(byte) {
            blanks.append(byte)
            return
        }
        // Blanks at the end of a line were added on the way (RFC 2045 section 6.7, rule 3).
        if !blanks.isEmpty {
            if byte != Octet.cr, byte != Octet.lf { output += blanks }
            blanks.removeAll(keepingCapacity: true)
        }
        if byte == UInt8(ascii: "=") {
            state = .escape
        } else {
            output.append(byte)
        }
    }
}
