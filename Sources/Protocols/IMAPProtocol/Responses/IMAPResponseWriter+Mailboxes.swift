// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames

/// A namespace of the NAMESPACE response: the names' prefix and the separator, nil where there is no hierarchy.
package struct NamespaceDescription: Equatable, Sendable {
    /// The prefix in UTF-8, the separator included.
    package var prefix: String
    package var separator: UInt8?

    package init(prefix: String, separator: UInt8?) {
        self.prefix = prefix
        self.separator = separator
    }
}

extension IMAPResponseWriter {
    /// Writes `* CAPABILITY IMAP4rev1 …`.
    package mutating func capability(_ names: [String]) {
        raw("* CAPABILITY ")
        words(names)
        lineEnd()
    }

    /// `* ENABLED …` (RFC 5161); the list may be empty.
    package mutating func enabled(_ names: [String]) {
        raw("* ENABLED")
        for name in names {
            raw(" ")
            raw(name)
        }
        lineEnd()
    }

    /// `* ID (…)` or `* ID NIL` (RFC 2971).
    package mutating func id(_ fields: [IDField]?) {
        raw("* ID ")
        if let fields, !fields.isEmpty {
            var prefix = "("
            for field in fields {
                raw(prefix)
                string(field.name)
                raw(" ")
                nstring(field.value)
                prefix = " "
            }
            raw(")")
        } else {
            raw("NIL")
        }
        lineEnd()
    }

    /// `* NAMESPACE (("" "/")) NIL NIL` (RFC 2342).
    package mutating func namespace(
        personal: [NamespaceDescription],
        other: [NamespaceDescription] = [],
        shared: [NamespaceDescription] = []
    ) {
        raw("* NAMESPACE")
        for namespaces in [personal, other, shared] {
            raw(namespaces.isEmpty ? " NIL" : " (")
            for namespace in namespaces {
                raw("(")
                string(ModifiedUTF7.encode(namespace.prefix.utf8))
                raw(" ")
                separator(namespace.separator)
                raw(")")
            }
            if !namespaces.isEmpty {
                raw(")")
            }
        }
        lineEnd()
    }

    /// Writes `* LIST (\HasNoChildren) "/" name`.
    ///
    /// `hasSelectedChildren` adds `("CHILDINFO" ("SUBSCRIBED"))`, the answer to RECURSIVEMATCH (RFC 5258 section 3.5).
    package mutating func list(
        _ attributes: [ListAttribute],
        separator: UInt8?,
        _ name: IMAPMailboxName,
        hasSelectedChildren: Bool = false
    ) {
        let extended = hasSelectedChildren ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))" : ""
        mailboxList("* LIST (", attributes, separator, name.encoded, extended)
    }

    /// Writes `* LSUB (\Noselect) "/" name`.
    package mutating func lsub(_ attributes: [ListAttribute], separator: UInt8?, _ name: IMAPMailboxName) {
        mailboxList("* LSUB (", attributes, separator, name.encoded)
    }

    /// The reply to `LIST "" ""`: the separator, and the root of the reference (RFC 3501 section 6.3.8).
    package mutating func listSeparator(_ separator: UInt8?, root: [UInt8] = []) {
        mailboxList("* LIST (", [.noSelect], separator, ModifiedUTF7.encode(root))
    }

    /// Writes `* STATUS name (MESSAGES 3 UNSEEN 1)`.
    package mutating func status(_ name: IMAPMailboxName, _ figures: [(item: StatusItem, value: UInt32)]) {
        raw("* STATUS ")
        mailbox(name)
        raw(" (")
        var isFirst = true
        for figure in figures {
            if !isFirst {
                raw(" ")
            }
            isFirst = false
            raw(figure.item.rawValue)
            raw(" ")
            number(figure.value)
        }
        raw(")")
        lineEnd()
    }

    /// Writes `* FLAGS (…)`.
    package mutating func mailboxFlags(_ flags: FlagList) {
        raw("* FLAGS ")
        self.flags(flags.system, flags.keywords.map(\.name))
        lineEnd()
    }

    /// Writes `* 12 EXISTS`.
    package mutating func exists(_ count: UInt32) {
        numbered(count, " EXISTS")
    }

    /// Writes `* 2 RECENT`.
    package mutating func recent(_ count: UInt32) {
        numbered(count, " RECENT")
    }

    /// Writes `* 5 EXPUNGE`.
    package mutating func expunge(_ sequenceNumber: UInt32) {
        numbered(sequenceNumber, " EXPUNGE")
    }

    /// `* SEARCH 1 3 5`; with no hit just `* SEARCH`.
    package mutating func search(_ numbers: [UInt32]) {
        raw("* SEARCH")
        for hit in numbers {
            output.append(0x20)
            number(UInt64(hit))
        }
        lineEnd()
    }

    private mutating func numbered(_ value: UInt32, _ name: String) {
        raw("* ")
        number(value)
        raw(name)
        lineEnd()
    }

    private mutating func mailboxList(
        _ start: String,
        _ attributes: [ListAttribute],
        _ separator: UInt8?,
        _ encodedName: [UInt8],
        _ extended: String = ""
    ) {
        raw(start)
        words(attributes.lazy.map(\.rawValue))
        raw(") ")
        self.separator(separator)
        raw(" ")
        astring(encodedName)
        raw(extended)
        lineEnd()
    }

    // DQUOTE QUOTED-CHAR DQUOTE / nil
    private mutating func separator(_ separator: UInt8?) {
        nstring(separator.map { [$0] })
    }
}
