// SPDX-License-Identifier: Apache-2.0
package import MailEnvelope

/// Where the parts of a queue file lie: header, content, envelope, marks, in this order and without gaps.
///
/// After `committedLength` lie the reasons of deferrals, which come and go (`RecipientMark`).
package struct QueueFileLayout: Sendable, Equatable {
    /// Bytes of content.
    package let contentLength: Int
    /// Bytes of envelope records.
    package let envelopeLength: Int
    /// Number of recipients.
    package let recipientCount: Int

    /// Bytes of the header at the beginning of the file.
    package static let headerLength = 128
    /// Bytes of a mark: one for the message, then one for each recipient.
    package static let markLength = 48
    /// Files are never larger than this (8 EiB would overflow sums of offsets).
    static let largest = 1 << 48

    /// Nil for lengths that no file has.
    package init?(contentLength: Int, envelopeLength: Int, recipientCount: Int) {
        guard
            (0...Self.largest).contains(contentLength), (0...Self.largest).contains(envelopeLength),
            (0...(1 << 32)).contains(recipientCount)
        else { return nil }
        self.contentLength = contentLength
        self.envelopeLength = envelopeLength
        self.recipientCount = recipientCount
    }

    /// Where the content begins: the same in all files.
    package var contentOffset: Int { Self.headerLength }
    /// The content, for those who read it through a descriptor.
    package var content: ContentRange? { ContentRange(offset: contentOffset, length: contentLength) }
    package var envelopeOffset: Int { contentOffset + contentLength }
    package var marksOffset: Int { envelopeOffset + envelopeLength }
    package var marksLength: Int { (recipientCount + 1) * Self.markLength }
    /// The length of the file when it was committed; it is never shorter afterwards.
    package var committedLength: Int { marksOffset + marksLength }

    /// Where the mark of a recipient lies; nil is the message's own.
    func markOffset(of recipient: Int?) -> Int {
        marksOffset + (recipient.map { $0 + 1 } ?? 0) * Self.markLength
    }
}
