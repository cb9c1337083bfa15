// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Logging
internal import POSIX
internal import SystemPackage

/// How the start went: told to the process that waits at descriptor 3, to the terminal, and to the log.
struct StartReport {
    /// Where `mailctl start` listens.
    private static let parent: Int32 = 3
    /// What it hears when all listeners are bound.
    static let readyLine = "ready\n"

    let toParent: Bool
    let toTerminal: Bool

    /// All listeners are bound.
    func ready() {
        guard toParent else { return }
        Self.write(Self.readyLine, to: Self.parent)
        _ = close(Self.parent)
    }

    /// There will be no instance, for these reasons, one a line.
    func fail(_ reasons: [String]) -> Never {
        let text = reasons.map { "\($0)\n" }.joined()
        if toParent { Self.write(text, to: Self.parent) }
        if toTerminal { Self.write(text, to: STDERR_FILENO) }
        let log = Logger(label: "master")
        if !toTerminal || MasterLog.isInstalled {
            for reason in reasons { log.critical("\(reason)") }
        }
        exit(1)
    }

    private static func write(_ text: String, to number: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0 && Errno.current == .interrupted { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
