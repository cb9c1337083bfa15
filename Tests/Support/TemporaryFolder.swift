// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A folder that goes away with the test; other users may pass through it but not list it.
package final class TemporaryFolder: Sendable {
    package let path: String
    private let isKept: Bool

    /// Makes it below the system's temporary folder; `kept` leaves it there at the end, to look into.
    package init(_ prefix: String = "relais-test", kept: Bool = false) {
        path = NSTemporaryDirectory() + "\(prefix)-" + UUID().uuidString.prefix(13).lowercased()
        isKept = kept
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        chmod(path, 0o755)
    }

    deinit {
        guard !isKept else { return }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file below.
    package subscript(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file below, folders on the way included, and returns its path.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws -> String {
        let file = URL(fileURLWithPath: self[name])
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file, options: .atomic)
        chmod(file.path, mode)
        return self[name]
    }

    /// Writes a file below, folders on the way included, and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    /// Makes a folder below, those on the way included, and returns its path.
    @discardableResult
    package func makeFolder(_ name: String, mode: UInt32 = 0o755) throws -> String {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
        // Not by attributes: the set-group-id bit would not pass.
        chmod(self[name], mode)
        return self[name]
    }

    /// Sets the time of the last change of a file below, in seconds from now.
    package func touch(_ name: String, secondsFromNow: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: secondsFromNow)],
            ofItemAtPath: self[name]
        )
    }

    /// The content of a file below; empty where there is none.
    package func read(_ name: String) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: self[name]) ?? Data())
    }

    /// The content of a file below as text.
    package func text(_ name: String) -> String { String(decoding: read(name), as: UTF8.self) }

    /// The names in a folder below, sorted; empty where there is none.
    package func names(_ name: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: self[name])) ?? []).sorted()
    }

    /// Owner, group and permission bits of a file below; empty where there is none.
    package func access(_ name: String) -> [Int] {
        var status = stat()
        guard stat(self[name], &status) == 0 else { return [] }
        return [Int(status.st_uid), Int(status.st_gid), Int(status.st_mode & 0o7777)]
    }

    /// The permission bits of a file below; nil where there is none.
    package func mode(_ name: String) -> Int? { access(name).last }
}
