// SPDX-License-Identifier: Apache-2.0
internal import POSIX
package import SystemPackage

/// The kernel's name for this boot: where it differs from the one the queue was last seen under, files may be torn.
package struct BootIdentity: Sendable, Equatable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Reads it from /proc, before a sandbox hides that; nil where there is none (then every file is checked).
    package static func current() -> BootIdentity? {
        guard let bytes = try? readFile("/proc/sys/kernel/random/boot_id", limit: 256) else { return nil }
        return BootIdentity(String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self))
    }
}

extension QueueDirectories {
    /// The boot under which `recordBoot` last ran.
    package func recordedBoot() -> BootIdentity? {
        guard
            let file = try? held(.incoming).descriptor.open("boot-id", .readNoFollow),
            let bytes = try? file.read(at: 0, count: 256), !bytes.isEmpty
        else { return nil }
        return BootIdentity(String(decoding: bytes, as: UTF8.self))
    }

    /// Writes down that the queue is in order under this boot: after the scan of all folders.
    package func recordBoot(_ boot: BootIdentity) throws(Errno) {
        let file = try held(.incoming).descriptor.open("boot-id", .updateOrCreate)
        try file.truncate(to: 0)
        try file.write(Array(boot.text.utf8), at: 0)
    }
}
