// SPDX-License-Identifier: Apache-2.0
package import MailStatus

/// A reply of RFC 5321 section 4.2: code, enhanced status, one or more lines of text.
package struct SMTPReply: Equatable, Sendable {
    /// The three digits.
    package var code: UInt16

    /// The enhanced status, which begins each line where there is one (RFC 2034).
    package var status: EnhancedStatus?

    /// The lines' texts, without code and status; never empty.
    package var lines: [String]

    /// Makes a reply of one line.
    package init(_ code: UInt16, _ status: EnhancedStatus? = nil, _ text: String) {
        self.code = code
        self.status = status
        lines = [text]
    }

    /// Makes a reply of several lines; of none it makes one that is empty.
    package init(_ code: UInt16, _ status: EnhancedStatus? = nil, lines: [String]) {
        self.code = code
        self.status = status
        self.lines = lines.isEmpty ? [""] : lines
    }

    /// Whether it is a 2xx.
    package var isSuccess: Bool { (200..<300).contains(code) }

    /// Whether it is a 4xx or 5xx.
    package var isError: Bool { code >= 400 }

    // Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
    /// The bytes for the wire; whatever a text holds, a control character in it becomes `?` and cannot end the line.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    /// Appends the bytes for the wire.
    package func append(to out: inout [UInt8]) {
        out.reserveCapacity(out.count + lines.reduce(0) { $0 + $1.utf8.count + 16 })
        for (index, line) in lines.enumerated() {
            appendDigits(of: code, to: &out)
            out.append(index == lines.count - 1 ? UInt8(ascii: " ") : UInt8(ascii: "-"))
            if let status {
                out.append(contentsOf: status.description.utf8)
                out.append(UInt8(ascii: " "))
            }
            for byte in line.utf8 { out.append(byte < 0x20 && byte != 0x09 || byte == 0x7F ? UInt8(ascii: "?") : byte) }
            out.append(0x0D)
            out.append(0x0A)
        }
    }

    private func appendDigits(of code: UInt16, to out: inout [UInt8]) {
        let three = min(code, 999)
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: three / 100))
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: three / 10 % 10))
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: three % 10))
    }
}

extension SMTPReply: CustomStringConvertible {
    /// The reply as one line, as logs show it.
    package var description: String {
        ([String(code)] + [status?.description].compactMap { $0 }).joined(separator: " ") + " "
            + lines.joined(separator: "; ")
    }
}
