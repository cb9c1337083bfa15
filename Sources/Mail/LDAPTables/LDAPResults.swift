// SPDX-License-Identifier: Apache-2.0

/// The values of a search on their way to one text, joined by commas.
package struct LDAPResults: Sendable {
    /// Why there is no answer although the directory gave one.
    package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case expansionLimit(Int)
        case tooLong
        case unusable

        package var description: String {
            switch self {
            case .expansionLimit(let limit): "there are more results than expansion_limit = \(limit) allows"
            case .tooLong: "the results are longer than \(LDAPResults.lengthLimit) bytes"
            case .unusable: "a result has a line end, a NUL or bytes that are no UTF-8"
            }
        }
    }

    /// The most bytes of a result.
    package static let lengthLimit = 1 << 20

    private let format: QueryTemplate
    private let key: LookupKeyParts
    private let expansionLimit: Int
    private var count = 0
    private var joined: [UInt8] = []

    package init(_ query: LDAPQuery, _ settings: LDAPTableSettings) {
        format = settings.resultFormat
        key = query.key
        expansionLimit = settings.expansionLimit
    }

    /// Adds one attribute value; an empty one, or one that lacks what the format asks for, is left out.
    package mutating func add(_ value: [UInt8]) throws(Failure) {
        guard let text = String(validating: value, as: UTF8.self),
            !value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 })
        else { throw .unusable }
        guard !text.isEmpty, let formatted = try format.result(text, key: key) else { return }
        count += 1
        guard expansionLimit == 0 || count <= expansionLimit else { throw .expansionLimit(expansionLimit) }
        if count > 1 { joined.append(UInt8(ascii: ",")) }
        joined.append(contentsOf: formatted.utf8)
        guard joined.count <= Self.lengthLimit else { throw .tooLong }
    }

    /// The text; nil without a result: not found.
    package var text: String? { count == 0 || joined.isEmpty ? nil : String(decoding: joined, as: UTF8.self) }
}
