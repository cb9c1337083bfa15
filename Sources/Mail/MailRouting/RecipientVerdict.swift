// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// Whether a recipient exists.
package enum RecipientVerdict: Equatable, Sendable {
    /// The tables that a recipient is unknown in.
    package enum UnknownIn: Equatable, Sendable {
        case local
        case virtualAlias
        case virtualMailbox
        case relay

        /// The words of Postfix, which administrators and their log readers know.
        package var text: String {
            switch self {
            case .local: "User unknown in local recipient table"
            case .virtualAlias: "User unknown in virtual alias table"
            case .virtualMailbox: "User unknown in virtual mailbox table"
            case .relay: "User unknown in relay recipient table"
            }
        }
    }

    /// The recipient exists, or nothing says that it does not.
    case exists
    /// The recipient does not exist: 550 5.1.1, `unknown_local_recipient_reject_code` and its like.
    case unknown(UnknownIn)
    /// Mail for the recipient is refused by the transport `error`: the text, maybe with an enhanced status code.
    case refused(String)
    /// The answer is not known now: 451 4.3.0.
    case temporaryFailure(LookupError)
}
