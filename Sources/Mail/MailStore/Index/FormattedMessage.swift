// SPDX-License-Identifier: Apache-2.0

/// What never changes of a message, made once: parts of its FETCH response (name and value), and what searches ask for.
package struct FormattedMessage: Sendable, Equatable {
    /// A name for each part.
    package struct Parts: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let envelope = Parts(rawValue: 1)
        package static let body = Parts(rawValue: 2)
        package static let bodyStructure = Parts(rawValue: 4)
        package static let fields = Parts(rawValue: 8)
    }

    /// Which form the parts have: an index with another number is not used.
    ///
    /// Whoever changes what a formatter writes for the same message raises it.
    static let version: UInt8 = 2

    /// `ENVELOPE (…)`.
    package var envelope: [UInt8]?
    /// `BODY (…)`, the structure without extension data.
    package var body: [UInt8]?
    /// `BODYSTRUCTURE (…)`.
    package var bodyStructure: [UInt8]?
    /// The header fields that searches ask for, as they are in the message, and an empty line.
    package var fields: [UInt8]?

    package init(
        envelope: [UInt8]? = nil,
        body: [UInt8]? = nil,
        bodyStructure: [UInt8]? = nil,
        fields: [UInt8]? = nil
    ) {
        self.envelope = envelope
        self.body = body
        self.bodyStructure = bodyStructure
        self.fields = fields
    }

    /// Which parts are there.
    package var parts: Parts {
        var parts: Parts = []
        if envelope != nil { parts.insert(.envelope) }
        if body != nil { parts.insert(.body) }
        if bodyStructure != nil { parts.insert(.bodyStructure) }
        if fields != nil { parts.insert(.fields) }
        return parts
    }

    /// About the memory that it takes.
    package var octets: Int {
        104 + (envelope?.count ?? 0) + (body?.count ?? 0) + (bodyStructure?.count ?? 0) + (fields?.count ?? 0)
    }
}

/// Formatted parts of several messages in one buffer.
package struct FormattedMessages: Sendable {
    /// A message, by where its parts are; a part that is not known is empty.
    package struct Entry: Sendable {
        package let uid: UInt32
        package let envelope: Range<Int>
        package let body: Range<Int>
        package let bodyStructure: Range<Int>
        package let fields: Range<Int>

        /// Whether all of these parts are known.
        package func has(_ parts: FormattedMessage.Parts) -> Bool {
            !(parts.contains(.envelope) && envelope.isEmpty || parts.contains(.body) && body.isEmpty
                || parts.contains(.bodyStructure) && bodyStructure.isEmpty
                || parts.contains(.fields) && fields.isEmpty)
        }
    }

    package var bytes: [UInt8] = []
    /// In the order in which the messages were asked for; those of which nothing is known are missing.
    package var entries: [Entry] = []
}
