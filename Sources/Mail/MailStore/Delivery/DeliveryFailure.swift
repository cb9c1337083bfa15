// SPDX-License-Identifier: Apache-2.0
package import SystemPackage

/// Why a message could not be put into a mailbox.
package struct DeliveryFailure: Error, Sendable, Equatable {
    /// What went wrong, as far as the verdict depends on it.
    package enum Reason: Sendable, Equatable {
        /// The message, or the mailbox with it, would be larger than the limit.
        case tooLarge(limit: Int)
        /// The mailbox is locked by another program and stayed so.
        case locked
        /// The mailbox is something that mail must not be written to: a link, a device, another user's file.
        case unsafe(String)
        /// The system refused.
        case system(Errno)
    }

    package let reason: Reason
    /// What was being done: `create file in tmp/`, `lock`.
    package let action: String
    /// The mailbox or file.
    package let path: String

    package init(_ reason: Reason, action: String, path: String) {
        self.reason = reason
        self.action = action
        self.path = path
    }

    /// Whether trying again later may succeed; otherwise the message goes back to its sender.
    package var isTemporary: Bool {
        switch reason {
        case .tooLarge: false
        case .locked, .unsafe: true
        case .system(let errno): errno != .fileTooLarge && errno != .fileNameTooLong
        }
    }

    /// The enhanced status code (RFC 3463) of the verdict.
    package var status: String {
        switch reason {
        case .tooLarge: "5.2.3"
        case .locked, .unsafe: "4.2.0"
        case .system(.fileTooLarge): "5.2.3"
        case .system(.fileNameTooLong): "5.2.0"
        case .system(.diskQuotaExceeded): "4.2.2"
        case .system(.noSpace), .system(.readOnlyFileSystem), .system(.ioError): "4.3.0"
        case .system: "4.2.0"
        }
    }

    /// The reason in words for the log and the report; one line of printable text.
    package var text: String {
        switch reason {
        case .tooLarge(let limit): "\(action): \(path): message or mailbox larger than the limit of \(limit) bytes"
        case .locked: "\(action): \(path): mailbox is locked by another program"
        case .unsafe(let why): "\(action): \(path): \(why)"
        case .system(let errno): "\(action): \(path): \(errno)"
        }
    }
}
