// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A directory that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "relais-store-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func names(_ sub: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + sub)) ?? []).sorted()
    }

    func read(_ sub: String) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: path + "/" + sub) ?? Data())
    }

    func text(_ sub: String) -> String { String(decoding: read(sub), as: UTF8.self) }

    func write(_ sub: String, _ text: String) {
        write(sub, Array(text.utf8))
    }

    func write(_ sub: String, _ bytes: [UInt8]) {
        let file = URL(fileURLWithPath: path + "/" + sub)
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try? Data(bytes).write(to: file)
    }

    /// The permission bits of a file below.
    func mode(_ sub: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + sub)
        return (attributes?[.posixPermissions] as? Int) ?? -1
    }
}
