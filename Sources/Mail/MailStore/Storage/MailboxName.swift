// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames

/// A mailbox's name that has been checked: its levels, of which the first is `INBOX` in capitals where it is that.
struct MailboxName: Hashable, Sendable {
    /// How deep mailboxes may lie.
    static let depthLimit = 32
    /// How many bytes a name may have on disk.
    static let lengthLimit = 220

    /// From the top down; at least one.
    let levels: [String]

    /// INBOX itself.
    static let inbox = MailboxName(checked: ["INBOX"])

    init(checked levels: [String]) {
        self.levels = levels
    }

    /// Checks a name in UTF-8 with levels divided by `separator`.
    ///
    /// - Parameters:
    ///   - name: as the client gave it, decoded.
    ///   - separator: `/` or `.`.
    ///   - format: where the name must fit.
    /// - Throws: `StoreError.Reason.invalidName` with the reason.
    init(_ name: String, separator: Character, format: MailLocation.Format) throws(StoreError) {
        func refuse(_ why: String) -> StoreError {
            let shown = String(String.UnicodeScalarView(name.unicodeScalars.prefix(80)))
            return StoreError(.invalidName(why), action: "check name", subject: shown)
        }
        var levels = name.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard !name.isEmpty else { throw refuse("empty") }
        guard levels.count <= Self.depthLimit else { throw refuse("too many levels") }
        guard ModifiedUTF7.encode(name).utf8.count <= Self.lengthLimit else { throw refuse("too long") }
        for level in levels {
            guard !level.isEmpty else { throw refuse("empty level (separator at start or end, or doubled)") }
            guard level != "..", level != "." else { throw refuse("'.' and '..' are not allowed") }
            guard !level.utf8.contains(UInt8(ascii: "/")) else { throw refuse("'/' is not allowed") }
            guard !level.hasPrefix("~") else { throw refuse("'~' at the start is not allowed") }
            guard !level.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }) else {
                throw refuse("control characters are not allowed")
            }
            switch format {
            case .maildir:
                guard !level.utf8.contains(UInt8(ascii: ".")) else { throw refuse("'.' is not allowed") }
            case .mbox:
                guard !level.hasPrefix("."), !level.hasSuffix(".lock") else {
                    throw refuse("'.' at the start and '.lock' at the end are not allowed")
                }
            }
        }
        if levels[0].lowercased() == "inbox" { levels[0] = "INBOX" }
        self.levels = levels
    }

    /// The name for people and clients.
    func text(separator: Character) -> String {
        levels.joined(separator: String(separator))
    }

    /// The mailbox one level up; nil at the top.
    var parent: MailboxName? {
        levels.count > 1 ? MailboxName(checked: Array(levels.dropLast())) : nil
    }

    /// Whether this lies below another.
    func isBelow(_ other: MailboxName) -> Bool {
        levels.count > other.levels.count && levels.starts(with: other.levels)
    }
}
