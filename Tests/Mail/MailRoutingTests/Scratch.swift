// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A folder that is there for one test.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "relais-routing-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}
