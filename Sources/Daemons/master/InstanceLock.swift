// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Service
internal import SystemPackage

/// The locked pid file: an instance runs as long as the lock is held, whatever the file says.
final class InstanceLock {
    private let path: String
    private let file: Descriptor

    private init(path: String, file: consuming Descriptor) {
        self.path = path
        self.file = file
    }

    /// Takes the lock and writes this process's id; an instance that runs already is an error.
    static func take(_ path: String) throws(StartUpError) -> InstanceLock {
        do {
            let file = try Descriptor.open(path, .updateOrCreate, permissions: 0o644)
            guard try file.lock(exclusive: true, wait: false) else {
                let text = try file.read(at: 0, count: 20)
                let pid = String(decoding: text.filter { (0x30...0x39).contains($0) }, as: UTF8.self)
                throw StartUpError("relais is already running (master's pid is \(pid)); mailctl reload or stop it")
            }
            try file.truncate(to: 0)
            try file.write(Array("\(processID)\n".utf8), at: 0)
            try file.setPermissions(0o644)
            return InstanceLock(path: path, file: file)
        } catch let error as StartUpError {
            throw error
        } catch {
            throw StartUpError("\(path): \(error)")
        }
    }

    /// Removes the file, while the lock is still held, so that no other instance's file goes.
    func remove() {
        try? removeFile(path)
    }
}
