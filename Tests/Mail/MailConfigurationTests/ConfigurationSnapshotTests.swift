// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import TestSupport
import Testing

@testable import MailConfiguration

@Suite struct ConfigurationSnapshotTests {
    let folder = TemporaryFolder()
    private let host = HostFacts.current()

    init() throws {
        try folder.write("main.cf", "myorigin = \(folder["mailname"])\nmydestination = one.test\n")
        try folder.write("mailname", "two.test\n")
        try folder.write("master.cf", "smtp inet n - n - - smtpd\n")
        try folder.write("dovecot.conf", "!include conf.d/*.conf\n!include_try missing.conf\n")
        try folder.write("conf.d/10.conf", "protocols = imap\n")
    }

    private func load(_ source: ConfigurationSource) -> (MainConfiguration, DovecotConfiguration, [Diagnostic]) {
        let found = ConfigurationCheck.run(directory: folder.path, hostFacts: host, source: source)
        let (main, _) = MainConfiguration.load(directory: folder.path, hostFacts: host, source: source)
        return (main, DovecotConfiguration.load(file: folder["dovecot.conf"], source: .init(source)).0, found)
    }

    @Test func `What is read from a snapshot is what was read when it was taken, whatever the files say by now`() throws
    {
        let recorder = ConfigurationRecorder()
        let (main, dovecot, found) = load(recorder.source)
        #expect(!found.containsErrors, "\(found)")
        let snapshot = try #require(ConfigurationSnapshot(encoded: recorder.snapshot.encoded))
        #expect(snapshot == recorder.snapshot)
        for name in ["main.cf", "master.cf", "dovecot.conf", "mailname", "conf.d/10.conf"] {
            try folder.write(name, "broken {")
        }
        try folder.write("conf.d/20.conf", "broken {")
        try folder.write("missing.conf", "broken {")
        for source in [recorder.source, .snapshot(snapshot)] {
            let (again, dovecotAgain, diagnostics) = load(source)
            #expect(diagnostics == found)
            for name in ["myorigin", "mydestination"] { #expect(again.value(named: name) == main.value(named: name)) }
            #expect(dovecotAgain.protocols == dovecot.protocols)
        }
        #expect(main.value(named: "myorigin") == "two.test")
        #expect(load(.system).2.containsErrors)
    }

    @Test func `A file that the snapshot has not is not there`() {
        let source = ConfigurationSource.snapshot(ConfigurationSnapshot())
        #expect(source.read(folder["main.cf"]) == .failure(.noSuchFileOrDirectory))
        #expect(!source.has(folder["dovecot.conf"]))
    }

    @Test func `No damaged snapshot is taken for another one without a word, and none traps`() throws {
        let recorder = ConfigurationRecorder()
        _ = load(recorder.source)
        let bytes = recorder.snapshot.encoded
        for count in bytes.indices {
            guard let cut = ConfigurationSnapshot(encoded: Array(bytes[..<count])) else { continue }
            // Only at the end of a record.
            #expect(cut != recorder.snapshot)
        }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0xff
            _ = ConfigurationSnapshot(encoded: damaged)
        }
    }
}
