// SPDX-License-Identifier: Apache-2.0

/// A stretch of a message in its file, with its size as the wire counts it.
package struct MessageExtent: Hashable, Sendable {
    /// The offset of the first octet in the file.
    package var offset: Int
    /// The length in the file.
    package var length: Int
    /// The length when every line ends in CRLF: what IMAP calls the size.
    package var wireSize: Int
    /// The number of line ends.
    package var lines: Int

    /// Makes an extent.
    package init(offset: Int, length: Int, wireSize: Int, lines: Int) {
        self.offset = offset
        self.length = length
        self.wireSize = wireSize
        self.lines = lines
    }

    /// The offsets in the file.
    package var range: Range<Int> {
        offset..<max(offset, offset &+ length)
    }

    /// Whether every line of the file ends in CRLF already, so that offsets on the wire are offsets in the file.
    package var isWireForm: Bool {
        wireSize == length
    }

    /// This extent and the one that begins where it ends.
    package func joined(with next: MessageExtent) -> MessageExtent {
        MessageExtent(
            offset: offset,
            length: length &+ next.length,
            wireSize: wireSize &+ next.wireSize,
            lines: lines &+ next.lines
        )
    }
}

/// One part of a message: the message itself, a part of a multipart, or the message in a message/rfc822.
package struct MessagePart: Equatable, Sendable {
    /// What is inside.
    package enum Kind: Equatable, Sendable {
        /// Nothing that has a structure.
        case leaf
        /// One or more parts.
        case multipart
        /// Exactly one child: the enclosed message.
        case message
    }

    /// What is inside.
    package var kind: Kind = .leaf
    /// The index of the part around it in `MessageStructure.parts`; nil for the message itself.
    package var parent: Int?
    /// The indices of what is inside.
    package var children: [Int] = []
    /// The header with the empty line after it.
    package var header = MessageExtent(offset: 0, length: 0, wireSize: 0, lines: 0)
    /// The body, without the line end that belongs to the boundary after it.
    package var body = MessageExtent(offset: 0, length: 0, wireSize: 0, lines: 0)
    /// The content type; what the RFC says where the field is missing or senseless.
    package var contentType: ContentType = .plainText
    /// `Content-ID`, unfolded.
    package var contentID: [UInt8]?
    /// `Content-Description`, unfolded.
    package var description: [UInt8]?
    /// `Content-Transfer-Encoding`, one token as it was written.
    package var encoding: [UInt8]?
    /// `Content-MD5`, unfolded.
    package var md5: [UInt8]?
    /// `Content-Disposition`.
    package var disposition: ContentDisposition?
    /// The tags of `Content-Language`.
    package var languages: [[UInt8]] = []
    /// `Content-Location`, unfolded.
    package var location: [UInt8]?

    /// The transfer encoding, as far as it is one that can be undone.
    package var transferEncoding: TransferEncoding {
        encoding.map(TransferEncoding.init(name:)) ?? .identity
    }

    /// Header and body together.
    package var extent: MessageExtent {
        header.joined(with: body)
    }
}
