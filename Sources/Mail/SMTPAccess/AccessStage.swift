// SPDX-License-Identifier: Apache-2.0

/// The moment of a session at which restrictions are evaluated (SMTPD_ACCESS_README).
package enum AccessStage: String, Sendable, CaseIterable {
    case connect
    case helo
    case mail
    case rcpt
    case data
    case endOfData
    case etrn
    case vrfy

    /// The name of the stage in `NOQUEUE: reject: RCPT from …`.
    package var logName: String {
        switch self {
        case .connect: "CONNECT"
        case .helo: "HELO"
        case .mail: "MAIL"
        case .rcpt: "RCPT"
        case .data: "DATA"
        case .endOfData: "END-OF-MESSAGE"
        case .etrn: "ETRN"
        case .vrfy: "VRFY"
        }
    }
}

/// What a refusal is about: the name in angle brackets that it begins with, and the words that follow.
package enum AccessSubject: Sendable, CaseIterable {
    case client
    case helo
    case sender
    case recipient
    case data
    case endOfData
    case etrn

    /// `Helo command`, in front of `rejected: …`.
    package var words: String {
        switch self {
        case .client: "Client host"
        case .helo: "Helo command"
        case .sender: "Sender address"
        case .recipient: "Recipient address"
        case .data: "Data command"
        case .endOfData: "End-of-data"
        case .etrn: "Etrn command"
        }
    }
}
