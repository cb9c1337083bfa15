// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Finds queue files of a Postfix in the folder that is to be relais' queue.
///
/// Both keep folders of the same names there, and neither reads the other's files: relais would take the folders over
/// and put a Postfix' mail aside as damaged.
enum ForeignQueue {
    /// Folders of Postfix' queue that hold messages, hashed or not.
    private static let folders = ["active", "incoming", "deferred", "hold"]
    /// Files that are looked at before the folder counts as free of them.
    private static let limit = 2000

    /// The path of a message of Postfix; nil where none is found.
    static func message(in queueDirectory: String) -> String? {
        var left = limit
        for folder in folders {
            guard let found = search("\(queueDirectory)/\(folder)", depth: 2, &left) else { continue }
            return found
        }
        return nil
    }

    private static func search(_ path: String, depth: Int, _ left: inout Int) -> String? {
        guard let directory = try? Descriptor.open(path, .directory), let names = try? directory.names(limit: left)
        else { return nil }
        for name in names {
            guard left > 0 else { return nil }
            left -= 1
            let below = "\(path)/\(name)"
            switch (try? fileStatus(below))?.kind {
            case .regular: if isMessage(below) { return below }
            case .directory: if depth > 0, let found = search(below, depth: depth - 1, &left) { return found }
            default: break
            }
        }
        return nil
    }

    /// Whether a file begins as Postfix' queue files do: a record of the type `C`, its length, and sizes as numbers with
    /// leading blanks.
    private static func isMessage(_ path: String) -> Bool {
        guard let file = try? Descriptor.open(path, .readNoFollow), let start = try? file.read(at: 0, count: 17),
            start.count == 17, start[0] == UInt8(ascii: "C")
        else { return false }
        return start[2...].allSatisfy { $0 == 0x20 || (0x30...0x39).contains($0) }
    }
}
