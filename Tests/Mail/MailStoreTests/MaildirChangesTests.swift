// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import MailStore

/// Sessions on a Maildir that other programs change, against what its files and its UID list say.
@Suite("A Maildir that changes")
struct MaildirChangesTests {
    private let folder = TemporaryFolder()

    private func open() throws -> Mailbox {
        try MailStorage(location: MailLocation(format: .maildir, root: folder["m"])).open("INBOX")
    }

    private var names: [String] { folder.names("m/cur") }

    private static func base(_ name: String) -> String { String(name.prefix { $0 != ":" }) }

    private func rename(_ old: String, to new: String) {
        #expect(Foundation.rename(folder["m/cur/\(old)"], folder["m/cur/\(new)"]) == 0)
    }

    /// UIDs with the letters of their flags, as the UID list and the names of the files have them.
    private func onDisk() -> [UInt32: String] {
        var flags: [String: String] = [:]
        for name in names { flags[Self.base(name)] = String(name.dropFirst(Self.base(name).count + 3)) }
        var found: [UInt32: String] = [:]
        for line in folder.text("m/dovecot-uidlist").split(separator: "\n").dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1)
            let base = parts[1].drop { $0 != ":" }.dropFirst()
            if let uid = UInt32(parts[0]), let letters = flags[String(base)] { found[uid] = letters }
        }
        return found
    }

    private func letters(_ flags: MessageFlags) -> String {
        [(MessageFlags.draft, "D"), (.flagged, "F"), (.answered, "R"), (.seen, "S"), (.deleted, "T")]
            .filter { flags.contains($0.0) }.map(\.1).joined()
    }

    private func expectTrue(_ view: MailboxView, sourceLocation: SourceLocation = #_sourceLocation) {
        let seen = Dictionary(uniqueKeysWithValues: view.messages.map { ($0.uid, letters($0.flags)) })
        #expect(seen == onDisk(), sourceLocation: sourceLocation)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `Whatever is changed by whomever, each session sees the messages under their UIDs`(seed: UInt64) throws {
        try folder.makeFolder("m/cur")
        var random = SeededGenerator(seed: seed)
        let sessions = [try open(), try open()]
        for session in sessions { _ = try session.synchronise() }
        for number in 0..<600 {
            let old = names.randomElement(using: &random)
            let flags = ["", "F", "S", "FS", "RS", "FST"].randomElement(using: &random) ?? ""
            switch (Int.random(in: 0..<10, using: &random), old) {
            case (0, _), (_, nil):
                try folder.write("m/cur/\(1_600_000_000 + number).new.host:2,\(flags)", "Subject: \(number)\n\n")
            case (1, _): try folder.write("m/new/\(1_600_000_000 + number).mail.host", "Subject: \(number)\n\n")
            case (2, let name?): try FileManager.default.removeItem(atPath: folder["m/cur/\(name)"])
            case (3...4, let name?): rename(name, to: Self.base(name) + ":2,\(flags)")
            case (5, let name?):
                // Another file in its place, as a restored backup is.
                try FileManager.default.removeItem(atPath: folder["m/cur/\(name)"])
                try folder.write("m/cur/\(name)", "Subject: restored\n\n")
            case (6, let name?):
                try FileManager.default.linkItem(
                    atPath: folder["m/cur/\(name)"],
                    toPath: folder["m/cur/\(1_600_000_000 + number).link.host:2,\(flags)"]
                )
            case (7, let first?):
                // Two messages change their places.
                guard let second = names.randomElement(using: &random), second != first else { continue }
                rename(first, to: "away")
                rename(second, to: first)
                rename("away", to: second)
            default:
                let session = sessions.randomElement(using: &random) ?? sessions[0]
                let view = try session.synchronise()
                guard let uid = view.messages.randomElement(using: &random)?.uid else { continue }
                if Bool.random(using: &random) {
                    let change = FlagChange(.add, flags: [.flagged])
                    expectTrue(try session.store(change, uids: [uid]))
                } else {
                    expectTrue(try session.expunge([uid]))
                }
            }
            let session = sessions.randomElement(using: &random) ?? sessions[0]
            expectTrue(try session.synchronise())
        }
        for session in sessions { expectTrue(try session.synchronise()) }
    }

    @Test func `Thousands of links to one file are as many messages, and take no longer than others`() throws {
        try folder.write("m/cur/1600000000.a.host:2,", "Subject: x\n\n")
        for number in 1..<5000 {
            let name = "m/cur/\(1_600_000_000 + number).a.host:2,"
            #expect(link(folder["m/cur/1600000000.a.host:2,"], folder[name]) == 0)
        }
        let session = try open()
        #expect(try session.synchronise().messages.count == 5000)
        for uid in [7, 8] as [UInt32] {
            _ = try session.store(FlagChange(.add, flags: [.flagged]), uids: [uid])
            expectTrue(try session.synchronise())
        }
    }
}
