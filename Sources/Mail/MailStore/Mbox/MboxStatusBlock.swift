// SPDX-License-Identifier: Apache-2.0

/// The header lines in which an mbox keeps what a mailbox knows of a message: `X-UID`, `Status`, `X-Status`,
/// `X-Keywords`, and `X-IMAPbase` in the first message.
///
/// They are written as one block with blanks at its end, so that later flags fit in its place.
struct MboxStatusBlock {
    var uid: UInt32
    var flags: MessageFlags
    var isOld: Bool
    var keywords: [String]
    /// Of the first message alone.
    var base: MboxParser.Base?

    /// The block of exactly `length` bytes; nil where it does not fit.
    func encoded(length: Int) -> [UInt8]? {
        let lines = Array(text.utf8)
        let room = length - lines.count - 1
        guard room >= 0 else { return nil }
        return lines + [UInt8](repeating: UInt8(ascii: " "), count: room) + [UInt8(ascii: "\n")]
    }

    /// The block with room for more.
    func encodedWithRoom() -> [UInt8] {
        let count = text.utf8.count
        return encoded(length: count + (base == nil ? 24 : 160)) ?? []
    }

    private var text: String {
        var text = ""
        if let base {
            let last = String(base.lastUID)
            let padded = String(repeating: "0", count: max(0, 10 - last.count)) + last
            text += "X-IMAPbase: \(([String(base.uidValidity), padded] + base.keywords).joined(separator: " "))\n"
        }
        var state = ""
        if flags.contains(.answered) { state += "A" }
        if flags.contains(.flagged) { state += "F" }
        if flags.contains(.draft) { state += "T" }
        if flags.contains(.deleted) { state += "D" }
        text += "X-UID: \(uid)\nStatus: \(flags.contains(.seen) ? "R" : "")\(isOld ? "O" : "")\n"
        return text + "X-Status: \(state)\nX-Keywords: \(keywords.joined(separator: " "))"
    }
}
