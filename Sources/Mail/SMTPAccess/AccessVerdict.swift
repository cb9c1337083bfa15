// SPDX-License-Identifier: Apache-2.0
package import MailAddress

/// What one restriction decides.
package enum AccessVerdict: Sendable {
    /// The next restriction decides.
    case dunno
    /// Yes, as far as this list goes.
    case ok
    /// No; 4xx for the moment, 5xx for good.
    case reject(AccessReply)
    /// No for the moment, if all else says yes.
    case deferIfPermit(AccessReply)
    /// No for the moment, if a later restriction says no for good.
    case deferIfReject(AccessReply)
    /// Something is to be done with the message, and the next restriction decides; a discard ends the evaluation.
    case act(AccessAction)
    /// Other restrictions decide: a class, or the result of a table.
    case list([RestrictionStep])
}

/// What an access table asks to be done, other than yes or no (access(5), OTHER ACTIONS).
package enum AccessAction: Equatable, Sendable {
    /// Log a line: `warn` or `info` with its text.
    case log(String, text: String)
    /// Put the message on hold.
    case hold(String)
    /// Take the message, and drop it.
    case discard(String)
    /// Deliver to this address alone.
    case redirect(EmailAddress)
    /// Put a header field in front.
    case prepend(String)
    /// Deliver to this address too.
    case bcc(EmailAddress)
}

/// What the tables have asked for so far for a message; it concerns all recipients, as in Postfix.
package struct AccessActions: Equatable, Sendable {
    /// The greatest number of header fields, and of further recipients, that a message gets.
    static let limit = 100

    package var holds = false
    package var discards = false
    package var redirect: EmailAddress?
    package var prepended: [String] = []
    package var bcc: [EmailAddress] = []

    package init() {}

    mutating func add(_ action: AccessAction) {
        switch action {
        case .log: break
        case .hold: holds = true
        case .discard: discards = true
        case .redirect(let address): redirect = address
        case .prepend(let field):
            // With smtpd_delay_reject the same table is asked again for each recipient.
            if prepended.count < Self.limit, !prepended.contains(field) { prepended.append(field) }
        case .bcc(let address): if bcc.count < Self.limit, !bcc.contains(address) { bcc.append(address) }
        }
    }

    /// These and the others.
    func merging(_ other: AccessActions) -> AccessActions {
        var all = self
        all.holds = holds || other.holds
        all.discards = discards || other.discards
        all.redirect = other.redirect ?? redirect
        for field in other.prepended { all.add(.prepend(field)) }
        for address in other.bcc { all.add(.bcc(address)) }
        return all
    }
}

/// One rule of a restriction list: a small value with one verdict.
package protocol Restriction: Sendable {
    func judge(_ context: AccessContext) async -> AccessVerdict
}

/// A restriction of a list, with what the list says about it.
package struct RestrictionStep: Sendable {
    package let restriction: any Restriction
    /// Whether a refusal is only logged (`warn_if_reject`).
    package let onlyWarns: Bool

    package init(_ restriction: any Restriction, onlyWarns: Bool = false) {
        self.restriction = restriction
        self.onlyWarns = onlyWarns
    }
}
