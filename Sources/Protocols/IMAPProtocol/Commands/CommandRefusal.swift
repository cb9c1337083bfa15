// SPDX-License-Identifier: Apache-2.0

/// The reply to a command that is not carried out.
package struct CommandRefusal: Error, Equatable, Sendable {
    /// The command's tag, or nil when not even that could be read: the reply is then untagged.
    package var tag: IMAPTag?
    /// `NO` or `BAD`.
    package var condition: IMAPCondition
    package var code: IMAPResponseCode?
    package var text: String

    package init(_ tag: IMAPTag?, _ condition: IMAPCondition, _ code: IMAPResponseCode? = nil, text: String) {
        self.tag = tag
        self.condition = condition
        self.code = code
        self.text = text
    }

    /// The reply to bytes that are no command.
    static let notACommand = Self(nil, .bad, text: "Error in IMAP command received by server.")

    /// The reply to a syntax error in the arguments of a command.
    init(_ tag: IMAPTag, command: String, _ error: IMAPSyntaxError) {
        switch error {
        case .invalid(let reason), .limit(let reason):
            self.init(tag, .bad, text: "Error in IMAP command \(command): \(reason)")
        case .invalidMailboxName:
            self.init(tag, .no, .cannot, text: "Invalid mailbox name.")
        case .unknownCharset:
            self.init(tag, .no, .badCharset(["US-ASCII", "UTF-8"]), text: "Unknown charset.")
        }
    }
}
