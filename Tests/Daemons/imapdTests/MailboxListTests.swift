// SPDX-License-Identifier: Apache-2.0
import IMAPProtocol
import MailConfiguration
import MailStore
import Testing

@testable import imapd

@Suite("Names and lists of mailboxes")
struct MailboxListTests {
    private func names(_ text: String) -> NamespaceNames {
        let (configuration, diagnostics) = DovecotConfiguration.parse(Array(text.utf8), file: "dovecot.conf")
        #expect(!diagnostics.contains { $0.severity == .error })
        return NamespaceNames(configuration.inboxNamespace)
    }

    private static let courier = """
        namespace inbox {
          inbox = yes
          prefix = INBOX.
          separator = .
          mailbox Sent {
            special_use = \\Sent
            auto = subscribe
          }
        }
        """

    @Test func `Without a prefix a client's names are the storage's`() throws {
        let names = names("")
        #expect(names.storageName(.inbox) == "INBOX")
        #expect(names.storageName(try #require(IMAPMailboxName("a/b"))) == "a/b")
        #expect(names.clientName("a/b")?.string == "a/b")
    }

    @Test func `A prefix is taken off and put on, and names outside are none of ours`() throws {
        let names = names(Self.courier)
        #expect(names.storageName(try #require(IMAPMailboxName("INBOX.Sent"))) == "Sent")
        #expect(names.storageName(try #require(IMAPMailboxName("inbox.Sent"))) == "Sent")
        #expect(names.storageName(try #require(IMAPMailboxName("Sent"))) == nil)
        #expect(names.storageName(try #require(IMAPMailboxName("INBOX."))) == nil)
        #expect(names.storageName(try #require(IMAPMailboxName("INBOX.INBOX"))) == nil)
        #expect(names.clientName("Sent")?.string == "INBOX.Sent")
        #expect(names.clientName("INBOX") == .inbox)
        #expect(names.configured.map(\.name) == ["Sent"])
        #expect(names.configured.first?.isSubscribed == true)
    }

    /// INBOX, a (folder only), a/b, Sent.
    private static let entries: [MailStorage.Entry] = {
        let maildir = TestMaildir()
        for name in ["a/b", "Sent"] { try? maildir.storage.create(name) }
        return (try? maildir.storage.list()) ?? []
    }()

    private func lines(_ request: ListRequest, subscriptions: [String] = [], _ configuration: String = "") -> [String] {
        let list = MailboxList(
            Self.entries,
            subscriptions: subscriptions,
            names(configuration),
            separator: UInt8(ascii: "/")
        )
        return ListSelection(request, list).lines.map { line in
            ([line.item.name.string] + line.attributes.map(\.rawValue) + (line.hasSelectedChildren ? ["+"] : []))
                .joined(separator: " ")
        }
    }

    @Test func `A pattern chooses names, and levels are told from mailboxes`() {
        #expect(
            lines(ListRequest([ListPattern("*")])) == [
                "INBOX \\HasNoChildren", "Sent \\HasNoChildren", "a \\Noselect \\HasChildren", "a/b \\HasNoChildren",
            ]
        )
        #expect(lines(ListRequest([ListPattern("%")])).count == 3)
        #expect(lines(ListRequest(reference: Array("a/".utf8), [ListPattern("%")])) == ["a/b \\HasNoChildren"])
        #expect(lines(ListRequest([ListPattern("inbox")])) == ["INBOX \\HasNoChildren"])
    }

    @Test func `Subscriptions are listed whether their mailboxes exist or not`() {
        let request = ListRequest([ListPattern("*")], selection: .subscribed, isExtended: true)
        #expect(
            lines(request, subscriptions: ["a/b", "gone/x"]) == [
                "a/b \\HasNoChildren \\Subscribed", "gone/x \\NonExistent \\Subscribed",
            ]
        )
        #expect(lines(ListRequest([ListPattern("*")]), subscriptions: ["gone"]).count == 4)
    }

    @Test func `RECURSIVEMATCH shows the levels above what is chosen (RFC 5258 section 3.5)`() {
        let request = ListRequest([ListPattern("%")], selection: [.subscribed, .recursiveMatch], isExtended: true)
        #expect(
            lines(request, subscriptions: ["Sent", "a/b", "x/y"]) == [
                "Sent \\HasNoChildren \\Subscribed", "a \\Noselect \\HasChildren +", "x \\NonExistent +",
            ]
        )
    }

    @Test func `Special uses come from dovecot.conf`() {
        let configuration = "namespace inbox {\n inbox = yes\n mailbox Sent {\n special_use = \\Sent\n }\n}\n"
        let request = ListRequest([ListPattern("*")], selection: .specialUse, isExtended: true)
        #expect(lines(request, configuration) == ["Sent \\HasNoChildren \\Sent"])
    }

    @Test func `The prefix of the namespace is a level of its own`() {
        let configuration = "namespace inbox {\n inbox = yes\n prefix = Mail/\n separator = /\n}\n"
        #expect(
            lines(ListRequest([ListPattern("%")]), configuration) == [
                "INBOX \\HasNoChildren", "Mail \\Noselect \\HasChildren",
            ]
        )
        #expect(lines(ListRequest([ListPattern("Mail/a/%")]), configuration) == ["Mail/a/b \\HasNoChildren"])
    }

    private func lines(_ request: ListRequest, _ configuration: String) -> [String] {
        lines(request, subscriptions: [], configuration)
    }
}
