// SPDX-License-Identifier: Apache-2.0

/// A figure that STATUS asks of a mailbox (RFC 3501 section 6.3.10).
package enum StatusItem: String, Hashable, Sendable, CaseIterable {
    case messages = "MESSAGES"
    case recent = "RECENT"
    case uidNext = "UIDNEXT"
    case uidValidity = "UIDVALIDITY"
    case unseen = "UNSEEN"
}

extension CommandParser {
    // "(" status-att *(SP status-att) ")"
    mutating func statusItems() throws(IMAPSyntaxError) -> [StatusItem] {
        try list(atMost: limits.listItems) { (parser) throws(IMAPSyntaxError) in
            guard let item = StatusItem(rawValue: try parser.name()) else {
                throw .invalid("Invalid status item.")
            }
            return item
        }
    }
}
