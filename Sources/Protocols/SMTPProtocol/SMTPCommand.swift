// SPDX-License-Identifier: Apache-2.0

/// A command line, understood.
package enum SMTPCommand: Equatable, Sendable {
    /// HELO or EHLO.
    case helo(HeloCommand)
    /// STARTTLS.
    case startTLS
    /// AUTH.
    case auth(AuthCommand)
    /// MAIL.
    case mail(MailCommand)
    /// RCPT.
    case rcpt(RcptCommand)
    /// DATA.
    case data
    /// BDAT.
    case bdat(BdatCommand)
    /// RSET.
    case rset
    /// NOOP; the argument means nothing.
    case noop
    /// VRFY with what is to be verified.
    case vrfy(String)
    /// ETRN with the domain.
    case etrn(String)
    /// QUIT.
    case quit
}

/// What a parser makes of its input: a value, or the reply that refuses it.
typealias SMTPParse<Value> = Result<Value, SMTPReply>

extension SMTPReply: Error {}
