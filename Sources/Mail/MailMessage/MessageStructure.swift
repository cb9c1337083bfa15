// SPDX-License-Identifier: Apache-2.0

/// How much structure a message may have; what goes beyond it is taken as the content of a leaf.
package struct StructureLimits: Equatable, Sendable {
    /// Deepest nesting of multiparts and enclosed messages.
    package var depth: Int
    /// Most parts of a message.
    package var parts: Int
    /// Most parameters of a field.
    package var parameters: Int
    /// Most parameters of a message.
    package var totalParameters: Int
    /// Longest boundary in octets; RFC 2046 allows 70.
    package var boundary: Int
    /// How much of a structured field is read, in octets.
    package var fieldLength: Int

    /// Makes limits; the defaults leave room for any message that means well.
    package init(
        depth: Int = 100,
        parts: Int = 10_000,
        parameters: Int = 100,
        totalParameters: Int = 20_000,
        boundary: Int = 256,
        fieldLength: Int = 65_536
    ) {
        self.depth = depth
        self.parts = parts
        self.parameters = parameters
        self.totalParameters = totalParameters
        self.boundary = boundary
        self.fieldLength = fieldLength
    }
}

/// The tree of a message's parts (RFC 2045, RFC 2046), as IMAP shows it, with places and sizes.
package struct MessageStructure: Equatable, Sendable {
    /// All parts, each before what is inside it; never empty, the message itself is the first.
    package let parts: [MessagePart]

    /// Reads a whole message in one pass, in time linear to its length.
    package init(parsing bytes: Span<UInt8>, limits: StructureLimits = StructureLimits()) {
        var parser = StructureParser(limits: limits)
        parts = parser.parse(bytes)
    }

    /// The message itself.
    package var root: MessagePart {
        parts.first ?? MessagePart()
    }

    /// The part at an index of `children` or `parent`.
    package subscript(index: Int) -> MessagePart? {
        parts.indices.contains(index) ? parts[index] : nil
    }
}
