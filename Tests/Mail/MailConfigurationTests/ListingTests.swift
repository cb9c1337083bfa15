// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailConfiguration
import Testing

@Suite("Listings of main.cf")
struct ListingTests {
    @Test func `what is set, what is default and both`() {
        let configuration = read("myorigin = $mydomain\nown = x\nmydestination = $own\n").configuration
        #expect(configuration.changed.map(\.line) == ["mydestination = $own", "myorigin = $mydomain", "own = x"])
        #expect(configuration.defaults.first { $0.name == "myorigin" }?.line == "myorigin = $myhostname")
        #expect(configuration.defaults.first { $0.name == "always_bcc" }?.line == "always_bcc =")
        #expect(configuration.defaults.count == ParameterRows.all.count)
        let all = configuration.all
        #expect(all.count == ParameterRows.all.count + 1)
        #expect(all.map(\.name) == all.map(\.name).sorted())
        #expect(all.first { $0.name == "myorigin" }?.isSet == true)
        #expect(configuration.value(named: "myorigin") == "example.org")
    }

    @Test func `every row that a file declares is listed`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Sources/Mail/MailConfiguration/Parameters").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        var declared = 0
        for file in files where file.contains("Parameters") && file != "TransportParameter.swift" {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            declared += text.components(separatedBy: "static let ").dropFirst().count { $0.contains("= Parameter(") }
        }
        #expect(declared == ParameterRows.all.count)
    }
}
