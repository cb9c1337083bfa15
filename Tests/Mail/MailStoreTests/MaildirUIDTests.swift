// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import MailStore

@Suite("UIDs of a Maildir")
struct MaildirUIDTests {
    let folder = TemporaryFolder()

    private var storage: MailStorage { MailStorage(location: MailLocation(format: .maildir, root: folder["m"])) }

    /// What the list says: UIDs and names.
    private func lines() -> [String] {
        folder.text("m/dovecot-uidlist").split(separator: "\n").dropFirst().map(String.init)
    }

    @Test func `Files of the same moment get UIDs in the order of their names`() throws {
        _ = try storage.open("INBOX")
        for name in ["1600000001.M2P1.h", "1600000000.b", "1600000001.M1P9.h", "1600000000.a"] {
            try folder.write("m/cur/\(name):2,S", "\n")
        }
        #expect(try storage.open("INBOX").synchronise().messages.count == 4)
        #expect(lines() == ["1 :1600000000.a", "2 :1600000000.b", "3 :1600000001.M1P9.h", "4 :1600000001.M2P1.h"])
    }

    @Test func `Mail that comes between two looks of two sessions gets one UID`() throws {
        let one = try storage.open("INBOX")
        let two = try storage.open("INBOX")
        for round in 1...5 {
            try folder.write("m/cur/160000000\(round).x:2,", "\n")
            let first = round % 2 == 0 ? one : two
            let second = round % 2 == 0 ? two : one
            #expect(try first.synchronise().messages.map(\.uid) == Array(1...UInt32(round)))
            #expect(try second.synchronise().messages.map(\.uid) == Array(1...UInt32(round)))
        }
        #expect(lines() == (1...5).map { "\($0) :160000000\($0).x" })
    }

    @Test func `A list that another program wrote meanwhile is read before UIDs are given`() throws {
        let one = try storage.open("INBOX")
        try folder.write("m/cur/1600000001.x:2,", "\n")
        #expect(try one.synchronise().messages.map(\.uid) == [1])
        // The other program knows of a message that this session has never seen, and has removed it since.
        let list = folder.text("m/dovecot-uidlist").replacingOccurrences(of: " N2 ", with: " N8 ")
        try folder.write("m/dovecot-uidlist", list + "7 :1600000007.x\n")
        try folder.write("m/cur/1600000008.x:2,", "\n")
        #expect(try one.synchronise().messages.map(\.uid) == [1, 8])
    }

    @Test func `UIDVALIDITY grows from mailbox to mailbox within a second, and goes on from what was given`() throws {
        try FileManager.default.createDirectory(atPath: folder["v"], withIntermediateDirectories: true)
        let source = UIDValiditySource(root: StoreRoot(path: folder["v"]))
        let values = (0..<20).map { _ in source.next() }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
        #expect(folder.text("v/dovecot-uidvalidity") == String(values[19], radix: 16))
        // As a power cut may leave what was not flushed: the time has gone on.
        for damaged in ["", "\0\0\0\0"] {
            try folder.write("v/dovecot-uidvalidity", damaged)
            #expect(source.next() >= values[0])
        }
    }
}
