// SPDX-License-Identifier: Apache-2.0

/// Bytes that must not reach a log: a password, or a response that holds one.
///
/// Every way Swift has of printing a value shows only the redaction; `bytes` is the one door.
package struct SASLSecret: Equatable, Sendable {
    /// The secret itself, for the code that checks or sends it.
    package let bytes: [UInt8]

    /// Wraps secret bytes.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Wraps the UTF-8 of a secret text.
    package init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    /// Compares in a time that depends on the lengths only, not on where the first difference is.
    package static func == (left: SASLSecret, right: SASLSecret) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(left.bytes, right.bytes) { difference |= a ^ b }
        return difference == 0
    }
}

extension SASLSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A fixed text in place of the secret.
    package var description: String { "<hidden>" }

    /// A fixed text in place of the secret.
    package var debugDescription: String { "<hidden>" }

    /// A mirror without children, so that `dump` shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
