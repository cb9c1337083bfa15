// SPDX-License-Identifier: Apache-2.0

/// A password: bytes that do not show themselves in logs and descriptions.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The bytes as the client sent them.
    package let bytes: [UInt8]

    /// Makes a secret of bytes.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var description: String { "<secret>" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
