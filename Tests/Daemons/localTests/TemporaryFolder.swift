// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "relais-local-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func names(_ sub: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + sub)) ?? []).sorted()
    }

    func text(_ sub: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path + "/" + sub) ?? Data(), as: UTF8.self)
    }

    /// Writes a file below and returns its path.
    @discardableResult
    func write(_ sub: String, _ text: String) -> String {
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + sub))
        return path + "/" + sub
    }

    /// Makes a folder below and returns its path.
    @discardableResult
    func makeFolder(_ sub: String, mode: Int = 0o755) -> String {
        let full = path + "/" + sub
        try? FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
        // Not by attributes: the set-group-id bit would not pass.
        chmod(full, mode_t(mode))
        return full
    }

    /// Owner, group and permission bits of a file below.
    func access(_ sub: String) -> [Int] {
        var status = stat()
        guard stat(path + "/" + sub, &status) == 0 else { return [] }
        return [Int(status.st_uid), Int(status.st_gid), Int(status.st_mode & 0o7777)]
    }
}
