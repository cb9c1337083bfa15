// SPDX-License-Identifier: Apache-2.0

import Synchronization
package import SystemPackage

/// Where the configuration's files come from: the file system, or what another process has read and checked.
package struct ConfigurationSource: Sendable {
    /// The bytes of a file, or what keeps it from being read.
    package let read: @Sendable (_ path: String) -> Result<[UInt8], Errno>
    /// The paths that match a shell pattern, sorted.
    package let files: @Sendable (_ pattern: String) -> [String]

    package init(
        read: @escaping @Sendable (_ path: String) -> Result<[UInt8], Errno>,
        files: @escaping @Sendable (_ pattern: String) -> [String]
    ) {
        self.read = read
        self.files = files
    }

    /// Whether there is a file of that name, readable or not.
    package func has(_ path: String) -> Bool { !files(path).isEmpty }

    /// The file system.
    package static let system = ConfigurationSource(
        read: { path in Result { () throws(Errno) in try ConfigurationFile.read(path) } },
        files: ConfigurationFile.matching
    )

    /// A snapshot: whatever it has no answer to is not there.
    package static func snapshot(_ snapshot: ConfigurationSnapshot) -> ConfigurationSource {
        ConfigurationSource(
            read: { path in
                guard let content = snapshot.contents[path] else { return .failure(.noSuchFileOrDirectory) }
                return .success(content)
            },
            files: { pattern in snapshot.matches[pattern] ?? [] }
        )
    }
}

/// Everything that was read to make a configuration, so that another process can make the same one.
package struct ConfigurationSnapshot: Sendable, Equatable {
    /// Files, by path.
    package var contents: [String: [UInt8]] = [:]
    /// What shell patterns matched, by pattern.
    package var matches: [String: [String]] = [:]

    package init() {}
}

/// Reads each file once, and keeps what it has read: all that is made from it is made of the same bytes.
package final class ConfigurationRecorder: Sendable {
    private struct State {
        var read: [String: Result<[UInt8], Errno>] = [:]
        var matches: [String: [String]] = [:]
    }

    private let state = Mutex(State())
    private let original: ConfigurationSource

    package init(_ original: ConfigurationSource = .system) {
        self.original = original
    }

    /// The source to read from.
    package var source: ConfigurationSource {
        ConfigurationSource(
            read: { path in
                self.state.withLock { state in
                    if let known = state.read[path] { return known }
                    let found = self.original.read(path)
                    state.read[path] = found
                    return found
                }
            },
            files: { pattern in
                self.state.withLock { state in
                    if let known = state.matches[pattern] { return known }
                    let found = self.original.files(pattern)
                    state.matches[pattern] = found
                    return found
                }
            }
        )
    }

    /// What was read so far.
    package var snapshot: ConfigurationSnapshot {
        state.withLock { state in
            var snapshot = ConfigurationSnapshot()
            snapshot.contents = state.read.compactMapValues { try? $0.get() }
            snapshot.matches = state.matches
            return snapshot
        }
    }
}
