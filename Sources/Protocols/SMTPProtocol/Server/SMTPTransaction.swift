// SPDX-License-Identifier: Apache-2.0

/// A message under way: what the client has said of it, as far as it was accepted.
package struct SMTPTransaction: Equatable, Sendable {
    /// The command that began it.
    package let mail: MailCommand

    /// The recipients that were accepted, in their order.
    package internal(set) var recipients: [RcptCommand] = []

    var chunkOctets = 0
    var hasChunks = false
    var isFailed = false

    init(mail: MailCommand) {
        self.mail = mail
    }
}
