// SPDX-License-Identifier: Apache-2.0

/// Parts of a message's FETCH response that never change, formatted once: name and value.
struct FormattedMessage: Sendable {
    var envelope: [UInt8]?
    /// `BODY`, the structure without extension data.
    var body: [UInt8]?
    var bodyStructure: [UInt8]?

    /// About the memory that it takes.
    var octets: Int {
        96 + (envelope?.count ?? 0) + (body?.count ?? 0) + (bodyStructure?.count ?? 0)
    }
}
