// SPDX-License-Identifier: Apache-2.0
internal import POSIX

/// A descriptor with several holders: closed when the last one lets it go.
final class SharedDescriptor: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }
}
