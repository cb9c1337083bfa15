// SPDX-License-Identifier: Apache-2.0

/// What all deliveries of a daemon share: the open Maildirs, the locks of mbox files, the size limit.
package struct MailDelivery: Sendable {
    let maildirs: MaildirDelivery
    let mboxes: MboxDelivery

    /// - Parameters:
    ///   - locking: how mbox files are locked.
    ///   - sizeLimit: the largest message in a Maildir, and the largest mbox (`mailbox_size_limit`); nil is any size.
    package init(locking: MboxLocking = MboxLocking(), sizeLimit: Int? = nil) {
        maildirs = MaildirDelivery(sizeLimit: sizeLimit)
        mboxes = MboxDelivery(locking: locking, sizeLimit: sizeLimit)
    }
}

/// A message as a final delivery appends it: lines in front, then a part of an open file.
package struct DeliveredMessage: Sendable {
    /// Whole lines that go before the content, in LF or CRLF form.
    package let lines: [UInt8]
    /// Where the content begins in the file.
    package let offset: Int
    /// The content's octets.
    package let length: Int
    /// The first octets of the content, where the caller has read them already; they are not read again.
    package let head: [UInt8]
    /// The envelope sender, for the `From ` line of an mbox.
    package let sender: String

    package init(lines: [UInt8], offset: Int, length: Int, head: [UInt8] = [], sender: String) {
        self.lines = lines
        self.offset = offset
        self.length = length
        self.head = head
        self.sender = sender
    }
}

/// How durable an appended message is.
package enum AppendedMessage: Sendable {
    /// It survives a power cut.
    case durable
    /// It is in place, and `flush` is the caller's to do.
    case owing(PlacedMessage)
}
