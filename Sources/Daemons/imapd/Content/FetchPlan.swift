// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailStore

/// What a FETCH asks of each message, and what that takes.
struct FetchPlan: Sendable {
    let items: [FetchItem]
    let wantsSize: Bool
    let wantsDate: Bool
    /// Whether octets of messages are sent, not only what is told of them.
    var wantsContent: Bool { sections > 0 }
    /// How many items send octets.
    let sections: Int
    let setsSeen: Bool
    /// The parts that are kept formatted.
    let parts: FormattedMessage.Parts

    init(_ items: [FetchItem]) {
        self.items = items
        wantsSize = items.contains(.rfc822Size)
        wantsDate = items.contains(.internalDate)
        sections = items.count { FetchPlan.section(of: $0) != nil }
        setsSeen = items.contains { $0.setsSeen }
        var parts: FormattedMessage.Parts = []
        if items.contains(.envelope) { parts.insert(.envelope) }
        if items.contains(.body) { parts.insert(.body) }
        if items.contains(.bodyStructure) { parts.insert(.bodyStructure) }
        self.parts = parts
    }

    /// Whether the message itself has to be read, beyond what is known of it.
    func reads(_ known: FormattedMessage.Parts?) -> Bool {
        wantsContent || parts.rawValue & ~(known?.rawValue ?? 0) != 0
    }

    /// The section behind an item that sends octets.
    static func section(of item: FetchItem) -> (section: BodySection, partial: PartialRange?)? {
        switch item {
        case .rfc822: (BodySection(), nil)
        case .rfc822Header: (BodySection(.header), nil)
        case .rfc822Text: (BodySection(.text), nil)
        case .section(let section, let partial, _): (section, partial)
        default: nil
        }
    }
}

/// A message that a FETCH is about.
struct FetchTarget: Sendable {
    let sequenceNumber: UInt32
    let message: MailboxView.Message
    let keywords: [String]
    /// Whether the FETCH has just set \Seen, which is told then.
    let tellsFlags: Bool
    let known: FormattedMessage?
}

extension IMAPResponseWriter {
    /// The name under which an item's octets are sent.
    mutating func contentName(_ item: FetchItem) {
        switch item {
        case .rfc822: fetchItem("RFC822")
        case .rfc822Header: fetchItem("RFC822.HEADER")
        case .rfc822Text: fetchItem("RFC822.TEXT")
        case .section(let section, let partial, _): fetchSection(section, origin: partial?.offset)
        default: break
        }
    }
}
