// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What was waited for and did not come.
package struct DeadlineError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Seconds after which what a test waits for counts as never to come.
///
/// A bound against hanging, not a measure: a machine at load 50 must not reach it.
package let never: Double = 300

/// Looks again and again, every few milliseconds, until `body` has a value; gives up after `seconds`.
package func waiting<T>(
    for what: @autoclosure () -> String,
    seconds: Double = never,
    _ body: () async throws -> T?
) async throws -> T {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pause = 2
    while true {
        if let value = try await body() { return value }
        guard ContinuousClock.now < deadline else {
            throw DeadlineError(description: "after \(seconds) s still not: \(what())")
        }
        try await Task.sleep(for: .milliseconds(pause))
        pause = min(pause * 2, 100)
    }
}

/// Waits until `body` holds; gives up after `seconds`.
package func waiting(
    until what: @autoclosure () -> String,
    seconds: Double = never,
    _ body: () async throws -> Bool
) async throws {
    _ = try await waiting(for: what(), seconds: seconds) { try await body() ? true : nil }
}
