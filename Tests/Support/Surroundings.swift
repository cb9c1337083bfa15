// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What this host offers to tests.
package enum Surroundings {
    /// Whether tests run as root.
    package static var isRoot: Bool { geteuid() == 0 }

    /// Whether the slow rounds were asked for (`libexec/test --long`).
    package static var wantsLongRounds: Bool { ProcessInfo.processInfo.environment["RELAIS_LONG"] == "1" }

    /// The folder of the executables that were built along with the tests.
    package static var products: String {
        if let named = ProcessInfo.processInfo.environment["RELAIS_PRODUCTS"] { return named }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }

    /// The path of an executable that was built along with the tests.
    package static func product(_ name: String) -> String { "\(products)/\(name)" }

    /// Whether Landlock is in this kernel.
    package static var hasLandlock: Bool {
        guard let list = try? String(contentsOfFile: "/sys/kernel/security/lsm", encoding: .utf8) else { return true }
        return list.contains("landlock")
    }
}
