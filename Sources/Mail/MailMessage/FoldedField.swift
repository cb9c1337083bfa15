// SPDX-License-Identifier: Apache-2.0

/// How lines end in what is written.
package enum LineEnding: Equatable, Sendable {
    /// LF, as files have it.
    case lf
    /// CRLF, as the wire has it.
    case crlf

    var bytes: [UInt8] {
        switch self {
        case .lf: [Octet.lf]
        case .crlf: [Octet.cr, Octet.lf]
        }
    }
}

/// Writes a field, folded at blanks so that lines stay within 78 octets where the text allows (RFC 5322 section 2.1.1).
///
/// A line end or another control character in the value becomes a space, so a value cannot bring a field of its own; runs
/// of blanks where a fold is made shrink to the fold. The name is the caller's and must be a sound one.
package func foldedField(name: String, value: String, lineEnding: LineEnding = .crlf) -> [UInt8] {
    let width = 78
    var field = Array(name.utf8)
    field.append(UInt8(ascii: ":"))
    var column = field.count
    var word: [UInt8] = []
    var isFirst = true
    func flush() {
        guard !word.isEmpty else { return }
        if !isFirst, column + 1 + word.count > width {
            field += lineEnding.bytes
            column = 0
        }
        field.append(Octet.space)
        field += word
        column += 1 + word.count
        word.removeAll(keepingCapacity: true)
        isFirst = false
    }
    for byte in value.utf8 {
        if byte <= Octet.space || byte == 0x7F {
            flush()
        } else {
            word.append(byte)
        }
    }
    flush()
    return field + lineEnding.bytes
}
