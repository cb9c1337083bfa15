// SPDX-License-Identifier: Apache-2.0

/// What LIST asks for, in its plain form (RFC 3501 section 6.3.8) or the extended one (RFC 5258, RFC 5819, RFC 6154).
package struct ListRequest: Hashable, Sendable {
    /// What the mailboxes must be to be listed.
    package struct Selection: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Subscribed ones, whether they exist or not.
        package static let subscribed = Self(rawValue: 1)
        /// Those on other servers too.
        package static let remote = Self(rawValue: 2)
        /// Those too with a mailbox below them that the other options select and the pattern does not.
        package static let recursiveMatch = Self(rawValue: 4)
        /// Those with a special use.
        package static let specialUse = Self(rawValue: 8)
    }

    /// What is told of each mailbox beyond its name.
    package struct Returns: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Asks for `\Subscribed`.
        package static let subscribed = Self(rawValue: 1)
        /// Asks for `\HasChildren` and `\HasNoChildren`.
        package static let children = Self(rawValue: 2)
        /// Asks for `\Sent`, `\Trash` and the like.
        package static let specialUse = Self(rawValue: 4)
    }

    /// The reference name in UTF-8.
    package var reference: [UInt8]
    /// One pattern at least.
    package var patterns: [ListPattern]
    package var selection: Selection
    package var returns: Returns
    /// What a STATUS response to each mailbox that can be selected tells; empty for none (RFC 5819).
    package var status: [StatusItem]
    /// Whether any extended syntax was used: an empty pattern then asks for no separator.
    package var isExtended: Bool

    package init(
        reference: [UInt8] = [],
        _ patterns: [ListPattern],
        selection: Selection = [],
        returns: Returns = [],
        status: [StatusItem] = [],
        isExtended: Bool = false
    ) {
        self.reference = reference
        self.patterns = patterns
        self.selection = selection
        self.returns = returns
        self.status = status
        self.isExtended = isExtended
    }
}

extension CommandParser {
    // list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
    //
    // mbox-or-pat = list-mailbox / patterns; patterns = "(" list-mailbox *(SP list-mailbox) ")"
    mutating func listRequest() throws(IMAPSyntaxError) -> ListRequest {
        var request = ListRequest([])
        if next == UInt8(ascii: "(") {
            request.isExtended = true
            request.selection = try listSelection()
            try space()
        }
        request.reference = try listReference()
        try space()
        if next == UInt8(ascii: "(") {
            request.isExtended = true
            request.patterns = try list(atMost: 64) { (parser) throws(IMAPSyntaxError) in try parser.listMailbox() }
        } else {
            request.patterns = [try listMailbox()]
        }
        guard take(UInt8(ascii: " ")), !isAtEnd else {
            return request
        }
        guard take(word: "RETURN") else {
            throw .invalid("Unexpected extra arguments.")
        }
        try space()
        request.isExtended = true
        try listReturns(into: &request)
        return request
    }

    // list-select-opts = "(" [list-select-option *(SP list-select-option)] ")"
    //
    // RECURSIVEMATCH says something only beside an option that selects by itself.
    private mutating func listSelection() throws(IMAPSyntaxError) -> ListRequest.Selection {
        var selection = ListRequest.Selection()
        _ = try list(atMost: limits.listItems, allowsEmpty: true) { (parser) throws(IMAPSyntaxError) in
            let name = try parser.name()
            switch name {
            case "SUBSCRIBED": selection.insert(.subscribed)
            case "REMOTE": selection.insert(.remote)
            case "RECURSIVEMATCH": selection.insert(.recursiveMatch)
            case "SPECIAL-USE": selection.insert(.specialUse)
            default: throw .invalid("Unknown select option \(name.prefix(32)).")
            }
        }
        guard !selection.contains(.recursiveMatch) || !selection.isDisjoint(with: [.subscribed, .specialUse]) else {
            throw .invalid("RECURSIVEMATCH must not be the only selection.")
        }
        return selection
    }

    // list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
    private mutating func listReturns(into request: inout ListRequest) throws(IMAPSyntaxError) {
        _ = try list(atMost: limits.listItems, allowsEmpty: true) { (parser) throws(IMAPSyntaxError) in
            let name = try parser.name()
            switch name {
            case "SUBSCRIBED": request.returns.insert(.subscribed)
            case "CHILDREN": request.returns.insert(.children)
            case "SPECIAL-USE": request.returns.insert(.specialUse)
            case "STATUS":
                try parser.space()
                request.status = try parser.statusItems()
            default: throw .invalid("Unknown return option \(name.prefix(32)).")
            }
        }
    }
}
