// SPDX-License-Identifier: Apache-2.0

/// A `namespace` section: a part of the tree of mailboxes.
package struct DovecotNamespace: Equatable, Sendable {
    /// The kinds of RFC 2342.
    package enum Kind: String, CaseIterable, Sendable {
        case `private`
        case shared
        case `public`
    }

    /// How a mailbox comes to be.
    package enum Creation: String, CaseIterable, Sendable {
        case no
        case create
        case subscribe
    }

    /// How a namespace is listed.
    package enum Listing: String, CaseIterable, Sendable {
        case no
        case yes
        case children
    }

    /// A `mailbox` section.
    package struct Mailbox: Equatable, Sendable {
        package let name: String
        /// The attributes of RFC 6154, such as `\Sent`.
        package let specialUse: [String]
        package let creation: Creation
    }

    package let name: String?
    package let kind: Kind
    /// Whether it holds INBOX.
    package let isInbox: Bool
    /// The hierarchy separator; nil leaves it to the mail storage.
    package let separator: String?
    package let prefix: String
    package let isHidden: Bool
    package let listing: Listing
    /// Whether it keeps its own subscriptions.
    package let hasSubscriptions: Bool
    /// Whether it is switched off.
    package let isDisabled: Bool
    /// Where its mail lies, if elsewhere than `mail_location` says.
    package let location: DovecotMailLocation?
    package let mailboxes: [Mailbox]
    package let place: DovecotNode.Place?

    /// What holds where no namespace is configured.
    package static let standard = DovecotNamespace()

    private init() {
        name = nil
        kind = .private
        isInbox = true
        separator = nil
        prefix = ""
        isHidden = false
        listing = .yes
        hasSubscriptions = true
        isDisabled = false
        location = nil
        mailboxes = []
        place = nil
    }

    init(_ section: DovecotScope.Section, _ diagnostics: inout [Diagnostic]) {
        var reader = DovecotReader(section.scope)
        name = section.name
        kind = reader.choice("type", default: .private)
        isInbox = reader.boolean("inbox", default: false)
        separator = reader.text("separator")
        if let value = section.scope.values["separator"], value.text.utf8.count > 1 {
            reader.report(value, "separator: \"\(value.text)\" is more than one character")
        }
        prefix = section.scope.text("prefix") ?? ""
        isHidden = reader.boolean("hidden", default: false)
        listing = reader.choice("list", default: .yes)
        hasSubscriptions = reader.boolean("subscriptions", default: true)
        isDisabled = reader.boolean("disabled", default: false)
        location = DovecotMailLocation(section.scope, old: "location")
        var mailboxes: [Mailbox] = []
        for mailbox in section.scope.sections("mailbox") {
            var inner = DovecotReader(mailbox.scope)
            if mailbox.name == nil { inner.report(.error, mailbox.place, "the section mailbox has no name") }
            mailboxes.append(
                Mailbox(
                    name: mailbox.name ?? "",
                    specialUse: inner.list("special_use"),
                    creation: inner.choice("auto", default: .no)
                )
            )
            reader.take(inner)
        }
        self.mailboxes = mailboxes
        place = section.place
        diagnostics += reader.diagnostics
    }
}
