// SPDX-License-Identifier: Apache-2.0

/// What LIST says about a mailbox (RFC 3501 section 7.2.2, RFC 3348, RFC 5258, RFC 6154).
package enum ListAttribute: String, Hashable, Sendable, CaseIterable {
    case noInferiors = "\\Noinferiors"
    case noSelect = "\\Noselect"
    case nonExistent = "\\NonExistent"
    case marked = "\\Marked"
    case unmarked = "\\Unmarked"
    case hasChildren = "\\HasChildren"
    case hasNoChildren = "\\HasNoChildren"
    case subscribed = "\\Subscribed"

    case all = "\\All"
    case archive = "\\Archive"
    case drafts = "\\Drafts"
    case flagged = "\\Flagged"
    case junk = "\\Junk"
    case sent = "\\Sent"
    case trash = "\\Trash"
}
