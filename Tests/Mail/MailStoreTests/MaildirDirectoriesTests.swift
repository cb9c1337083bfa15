// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("Directories shared by sessions")
struct MaildirDirectoriesTests {
    let folder = TemporaryFolder()

    private var path: String { folder["m"] }

    private func open() throws -> MaildirDirectories {
        try folder.makeFolder("m")
        return try MaildirDirectories.open(path, try Descriptor.open(path, .directory))
    }

    /// The inode that a name of the Maildir means now.
    private func inode(_ name: String) throws -> UInt64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder[name])
        return (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
    }

    @Test func `Sessions on one Maildir share its descriptors, those on another have their own`() throws {
        let first = try open()
        #expect(try open() === first)
        try folder.makeFolder("other")
        #expect(
            try MaildirDirectories.open(folder["other"], try Descriptor.open(folder["other"], .directory)) !== first
        )
        #expect(folder.names("m") == ["cur", "new", "tmp"])
    }

    @Test func `Descriptors are closed with the last session`() throws {
        var first: MaildirDirectories? = try open()
        weak let kept = first
        let number = try #require(first).cur.number
        let mine = try inode("m/cur")
        first = nil
        #expect(kept == nil)
        var status = stat()
        // Another test may have got the number since, for another file.
        #expect(fstat(number, &status) != 0 || status.st_ino != mine)
        #expect(try open().cur.status().inode == inode("m/cur"))
    }

    @Test func `A Maildir made anew under the same name is another one, and the old one stays with its sessions`()
        throws
    {
        let old = try open()
        let before = try inode("m/cur")
        try FileManager.default.moveItem(atPath: path, toPath: folder["away"])
        let fresh = try open()
        #expect(fresh !== old)
        #expect(try fresh.cur.status().inode == inode("m/cur"))
        #expect(try old.cur.status().inode == before)
        #expect(try open() === fresh)
    }

    @Test(arguments: ["tmp", "new", "cur"])
    func `A folder of it that was replaced or removed is opened anew`(name: String) throws {
        let old = try open()
        try FileManager.default.moveItem(atPath: folder["m/\(name)"], toPath: folder["m/\(name).old"])
        try folder.makeFolder("m/\(name)")
        let replaced = try open()
        #expect(replaced !== old)
        try FileManager.default.removeItem(atPath: folder["m/\(name)"])
        let removed = try open()
        #expect(removed !== replaced)
        #expect(folder.names("m").contains(name))
        #expect(try open() === removed)
    }

    @Test func `A Maildir that was removed is missing, though a session has it open`() throws {
        let open = try open()
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try MaildirDirectories.open(path, try Descriptor.open(path, .directory))
        }
        withExtendedLifetime(open) {}
    }

    @Test func `A folder of it that has become a link is not followed, nor taken for the one that was there`() throws {
        let old = try open()
        try FileManager.default.moveItem(atPath: folder["m/cur"], toPath: folder["m/away"])
        try folder.makeFolder("elsewhere")
        try FileManager.default.createSymbolicLink(atPath: folder["m/cur"], withDestinationPath: folder["elsewhere"])
        #expect(throws: Errno.self) { _ = try open() }
        withExtendedLifetime(old) {}
    }
}
