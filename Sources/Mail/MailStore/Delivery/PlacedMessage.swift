// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// A message that has its place in a Maildir's `new/` or `cur/`, and whose flush is still owed.
package final class PlacedMessage: Sendable {
    package let receipt: MaildirDelivery.Receipt
    private let file: Descriptor
    private let folder: MaildirFolder
    /// Where it is, instead of `new/`.
    private let flagged: MaildirCur?
    private let path: String

    init(
        receipt: MaildirDelivery.Receipt,
        file: consuming Descriptor,
        folder: MaildirFolder,
        flagged: MaildirCur?,
        path: String
    ) {
        self.receipt = receipt
        self.flagged = flagged
        self.file = file
        self.folder = folder
        self.path = path
    }

    /// Whether one flush makes others of the same file system durable too, so that it pays to gather them.
    package var sharesFlushes: Bool { folder.sharesFlushes }

    /// Makes the message and its name durable: when this returns, it survives a power cut.
    ///
    /// Blocking; once a message.
    ///
    /// - Throws: why it is not durable; it is gone from the mailbox then. The calling thread has the owner's
    ///   file-system ids, so that it may be taken away.
    package func flush() throws(DeliveryFailure) {
        do throws(Errno) {
            if folder.ordersNames {
                try file.synchronize()
            } else if let flagged {
                try synchronizeDirectory(flagged.folder)
            } else {
                try synchronizeDirectory(folder.new)
            }
            crashPoint(.maildirFlushed)
        } catch {
            if let flagged {
                try? flagged.folder.remove(receipt.name)
            } else {
                try? folder.new.remove(receipt.name)
            }
            throw DeliveryFailure(
                .system(error),
                action: flagged == nil ? "flush file in new/" : "flush file in cur/",
                path: path
            )
        }
    }
}
