// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailConfiguration
import Testing

@Suite("Changes to main.cf")
struct MainFileEditorTests {
    static let file = """
        # The name of this host.
        myhostname = old.example.org

        mydestination = one,
        # between
            two
        max_use = 1
        # the end
        max_use = 2

        """

    static func apply(_ edits: [String], to text: String = file) throws -> String {
        let edits = try edits.map { try MainFileEditor.Edit($0) }
        return String(decoding: MainFileEditor.apply(edits, to: Array(text.utf8)), as: UTF8.self)
    }

    @Test func `a value changes in its place and comments stay`() throws {
        #expect(
            try Self.apply(["myhostname=new.example.org"])
                == Self.file.replacingOccurrences(of: "old.example.org", with: "new.example.org")
        )
    }

    @Test func `continuation lines go with their value`() throws {
        let expected = Self.file.replacingOccurrences(
            of: "mydestination = one,\n# between\n    two\n",
            with: "mydestination = three\n# between\n"
        )
        #expect(try Self.apply(["mydestination = three"]) == expected)
    }

    @Test func `of several lines one stays, and the last change counts`() throws {
        let changed = try Self.apply(["max_use = 3", "max_use = 4", "biff=", "biff=no"])
        #expect(changed.hasSuffix("max_use = 4\n# the end\nbiff = no\n"))
    }

    @Test func `a parameter can be removed`() {
        let removed = MainFileEditor.apply([.remove(name: "max_use")], to: Array(Self.file.utf8))
        #expect(!String(decoding: removed, as: UTF8.self).contains("max_use"))
    }

    @Test func `a file without a last line end gets one`() throws {
        #expect(try Self.apply(["b = 2"], to: "a = 1") == "a = 1\nb = 2\n")
        #expect(try Self.apply(["b = 2"], to: "") == "b = 2\n")
    }

    @Test func `bytes that are no UTF-8 are kept`() {
        let bytes = Array("# caf".utf8) + [0xE9, 0x0A] + Array("a = 1\n".utf8)
        let changed = MainFileEditor.apply([.set(name: "a", value: "2")], to: bytes)
        #expect(changed == Array("# caf".utf8) + [0xE9, 0x0A] + Array("a = 2\n".utf8))
    }

    @Test(arguments: ["name", "=x", "a=1\nb=2", "#a=1", ""])
    func `what is no assignment is refused`(_ text: String) {
        #expect(throws: BadValue.self) { try MainFileEditor.Edit(text) }
    }

    @Test func `the file is replaced in one step, with its mode, through links`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let real = folder.appendingPathComponent("real.cf")
        try Data("a = 1\n".utf8).write(to: real)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: real.path)
        let link = folder.appendingPathComponent("main.cf")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
        try MainFileEditor.apply([.set(name: "a", value: "2")], toMainFileIn: folder.path)
        #expect(try String(contentsOf: real, encoding: .utf8) == "a = 2\n")
        let attributes = try FileManager.default.attributesOfItem(atPath: real.path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["main.cf", "real.cf"])
        let (configuration, diagnostics) = MainConfiguration.load(directory: folder.path, hostFacts: host)
        #expect(configuration.value(named: "a") == "2")
        #expect(diagnostics.map(\.message) == ["a is not a known parameter"])
    }
}
