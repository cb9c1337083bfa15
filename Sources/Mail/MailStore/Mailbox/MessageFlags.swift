// SPDX-License-Identifier: Apache-2.0

/// The system flags of a message (RFC 3501 section 2.3.2) without \Recent, which belongs to a session.
package struct MessageFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// \Answered.
    package static let answered = MessageFlags(rawValue: 1)
    /// \Flagged.
    package static let flagged = MessageFlags(rawValue: 2)
    /// \Deleted.
    package static let deleted = MessageFlags(rawValue: 4)
    /// \Seen.
    package static let seen = MessageFlags(rawValue: 8)
    /// \Draft.
    package static let draft = MessageFlags(rawValue: 16)
}

/// A change to the flags of messages, as STORE asks for.
package struct FlagChange: Sendable, Equatable {
    /// How the given flags meet those that are there.
    package enum Operation: Sendable, Equatable {
        /// FLAGS: exactly the given ones.
        case replace
        /// +FLAGS
        case add
        /// -FLAGS
        case remove
    }

    package let operation: Operation
    package let flags: MessageFlags
    /// Keywords by name; compared without regard to ASCII case.
    package let keywords: [String]

    package init(_ operation: Operation, flags: MessageFlags, keywords: [String] = []) {
        self.operation = operation
        self.flags = flags
        self.keywords = keywords
    }

    /// The flags after the change.
    func apply(to flags: MessageFlags) -> MessageFlags {
        switch operation {
        case .replace: self.flags
        case .add: flags.union(self.flags)
        case .remove: flags.subtracting(self.flags)
        }
    }

    /// The keywords after the change, where `mask` stands for the given names.
    func apply(to keywords: UInt32, mask: UInt32) -> UInt32 {
        switch operation {
        case .replace: mask
        case .add: keywords | mask
        case .remove: keywords & ~mask
        }
    }
}
