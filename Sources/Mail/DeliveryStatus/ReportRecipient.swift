// SPDX-License-Identifier: Apache-2.0
package import MailStatus

/// What a report says of one recipient (RFC 3464 section 2.3).
package struct ReportRecipient: Sendable, Equatable {
    /// The Action field (RFC 3464 section 2.3.3).
    package enum Action: String, Sendable {
        case failed, delayed, delivered, relayed, expanded
    }

    /// The address that the delivery was tried to.
    package var address: String
    /// What the sender's client named, where aliases changed it; empty otherwise.
    package var original: String
    /// ORCPT of RFC 3461, `type;xtext`; empty without.
    package var dsnOriginal: String
    package var action: Action
    package var status: EnhancedStatus
    /// What happened, in the words of the remote host or in ours.
    package var diagnostic: String
    /// `smtp` for a reply, `x-unix` for a program's output; empty where the words are ours.
    package var diagnosticType: String
    /// The host that said so; empty when it was ourselves.
    package var remoteMTA: String
    /// Seconds since the epoch; nil is not said.
    package var lastAttempt: Int64?

    package init(
        address: String,
        action: Action,
        status: EnhancedStatus,
        diagnostic: String,
        original: String = "",
        dsnOriginal: String = "",
        diagnosticType: String = "",
        remoteMTA: String = "",
        lastAttempt: Int64? = nil
    ) {
        self.address = address
        self.original = original
        self.dsnOriginal = dsnOriginal
        self.action = action
        self.status = status
        self.diagnostic = diagnostic
        self.diagnosticType = diagnosticType
        self.remoteMTA = remoteMTA
        self.lastAttempt = lastAttempt
    }
}
