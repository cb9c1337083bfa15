// SPDX-License-Identifier: Apache-2.0

package import SASL

/// What the driver does next; each but `close` is answered by a call on the session, which gives the next action.
package enum SMTPServerAction: Equatable, Sendable {
    /// Send this, read a line with `lineLimit`, call `receive`.
    case reply(SMTPReply)

    /// Send these and close the connection.
    case close([SMTPReply])

    /// Decide, then call `accept` or `reject`.
    case decide(SMTPDecision)

    /// Send this, drop all input that has arrived, make TLS, call `tlsStarted`, read a line.
    ///
    /// Where TLS fails, close. Where it cannot even begin, do not send this but call `tlsUnavailable`.
    case startTLS(SMTPReply)

    /// Ask the auth service, then call `challenge`, `authenticated` or `authenticationFailed`.
    case authenticate(AuthCommand)

    /// Give the auth service this response (base64), then as for `authenticate`.
    case authenticationResponse(SASLSecret)

    /// The client has given the exchange up, or broken it: tell the auth service, then do as for `reply` or `close`.
    case cancelAuthentication([SMTPReply], closes: Bool)

    /// Send this, decode the content with `makeDataDecoder`, then call `contentReceived`, or `contentViolated`.
    case receiveData(SMTPReply)

    /// Make the message durable, then call `committed`.
    case commit

    /// Read `size` octets of content, then call `chunkReceived`.
    ///
    /// Where `isDiscarded`, throw them away. Where `isLast`, the message is complete, and its fate is the argument.
    case receiveChunk(size: Int, isLast: Bool, isDiscarded: Bool)
}

/// A question that only policy can answer.
///
/// What the session and its transaction are at that moment stands in the engine.
package enum SMTPDecision: Equatable, Sendable {
    /// A client has connected; a refused one may only leave.
    case connect

    /// The client names itself.
    case helo(HeloCommand)

    /// The begin of a transaction.
    case mail(MailCommand)

    /// A recipient.
    case rcpt(RcptCommand)

    /// The content is about to come; at least one recipient was accepted.
    case data

    /// The content is whole. After a refusal it is to be forgotten; `commit` follows otherwise.
    case endOfData

    /// Whether an address exists.
    case vrfy(String)

    /// Whether the queue of a domain may be flushed.
    case etrn(String)
}
