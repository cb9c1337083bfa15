// SPDX-License-Identifier: Apache-2.0
import Glibc
import POSIX

/// A folder in memory for targets that read files; each process has its own, which goes with it.
final class ScratchFolder: Sendable {
    static let shared = ScratchFolder()

    let path: String

    private init() {
        path = "/dev/shm/relais-fuzz-\(getpid())"
        try? makeDirectories(path, permissions: 0o700)
        atexit { ScratchFolder.remove("/dev/shm/relais-fuzz-\(getpid())") }
    }

    /// A file with this content; returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = "\(path)/\(name)"
        try Self.write(file, bytes)
        return file
    }

    /// An empty folder; returns its path.
    func folder(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        Self.remove(folder)
        try makeDirectories(folder, permissions: 0o700)
        return folder
    }

    static func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = try Descriptor.open(path, .updateOrCreate)
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
    }

    /// Removes a file, or a folder with all that is in it; links are not followed.
    static func remove(_ path: String) {
        guard let folder = try? Descriptor.open(path, .directoryNoFollow) else {
            unlink(path)
            return
        }
        for name in (try? folder.names()) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

/// Makes a folder.
func makeFolder(_ path: String) throws {
    try makeDirectories(path, permissions: 0o700)
}
