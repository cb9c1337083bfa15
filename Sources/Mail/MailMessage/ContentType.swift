// SPDX-License-Identifier: Apache-2.0

/// A name and a value of `Content-Type` or `Content-Disposition`; RFC 2231 forms (`name*0*`) are kept as they stand.
package struct ContentParameter: Equatable, Sendable {
    /// The name as it was written.
    package let name: [UInt8]
    /// The value without quotes.
    package let value: [UInt8]

    /// Makes a parameter.
    package init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// What a part is: `text/plain; charset=utf-8` (RFC 2045 section 5).
package struct ContentType: Equatable, Sendable {
    /// The type as it was written.
    package var type: [UInt8]
    /// The subtype as it was written.
    package var subtype: [UInt8]
    /// The parameters in their order.
    package var parameters: [ContentParameter]

    /// Makes a content type.
    package init(_ type: String, _ subtype: String, parameters: [ContentParameter] = []) {
        self.type = Array(type.utf8)
        self.subtype = Array(subtype.utf8)
        self.parameters = parameters
    }

    init(type: [UInt8], subtype: [UInt8], parameters: [ContentParameter]) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    /// What a part without the field is.
    package static let plainText = ContentType("text", "plain")

    /// Whether type and, if given, subtype are these, without regard to case.
    package func matches(_ type: String, _ subtype: String? = nil) -> Bool {
        Octet.equal(self.type, type) && (subtype.map { Octet.equal(self.subtype, $0) } ?? true)
    }

    /// The value of the first parameter of this name.
    package func parameter(_ name: String) -> [UInt8]? {
        parameters.first { Octet.equal($0.name, name) }?.value
    }
}

/// How a part wants to be shown: `attachment; filename=x` (RFC 2183).
package struct ContentDisposition: Equatable, Sendable {
    /// The kind as it was written: `inline`, `attachment`.
    package var kind: [UInt8]
    /// The parameters in their order.
    package var parameters: [ContentParameter]

    /// Makes a disposition.
    package init(kind: [UInt8], parameters: [ContentParameter]) {
        self.kind = kind
        self.parameters = parameters
    }
}
