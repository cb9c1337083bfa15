// SPDX-License-Identifier: Apache-2.0

package import MailAddress

/// MAIL: the begin of a transaction (RFC 5321 section 4.1.1.2).
package struct MailCommand: Equatable, Sendable {
    /// BODY= (RFC 6152, RFC 3030).
    package enum Body: String, Sendable {
        /// Lines of ASCII.
        case sevenBit = "7BIT"
        /// Lines of any bytes.
        case eightBitMIME = "8BITMIME"
    }

    /// RET= (RFC 3461 section 4.3).
    package enum Return: String, Sendable {
        /// The whole message goes back.
        case full = "FULL"
        /// Its header goes back.
        case headers = "HDRS"
    }

    /// AUTH= (RFC 4954 section 5): who submitted the message, as the client's site knows.
    package enum Submitter: Equatable, Sendable {
        /// `<>`: not known.
        case unknown
        /// A mailbox.
        case mailbox(String)
    }

    /// The reverse path, perhaps null.
    package var sender: EmailAddress
    /// SIZE= in octets (RFC 1870).
    package var size: Int?
    /// BODY=.
    package var body: Body?
    /// Whether SMTPUTF8 was asked for (RFC 6531).
    package var isSMTPUTF8 = false
    /// RET=.
    package var returned: Return?
    /// ENVID=, decoded.
    package var envelopeID: String?
    /// AUTH=.
    package var submitter: Submitter?

    /// Makes a command without parameters.
    package init(sender: EmailAddress) {
        self.sender = sender
    }

    // mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
    static func parse(_ arguments: SMTPArguments, _ options: SMTPParserOptions) -> SMTPParse<MailCommand> {
        var arguments = arguments
        guard arguments.take("FROM:") else { return .failure(.syntax("MAIL FROM:<address>")) }
        arguments.skipSpace()
        guard !arguments.isAtEnd else { return .failure(.syntax("MAIL FROM:<address>")) }
        guard let sender = options.path(&arguments, .reverse) else { return .failure(.badSender) }
        guard let parameters = ESMTPParameter.all(&arguments) else { return .failure(.tooManyParameters) }
        var command = MailCommand(sender: sender)
        // The last of a keyword counts: Python's smtplib for one sends SIZE twice.
        for parameter in parameters {
            if let refusal = command.take(parameter, options) { return .failure(refusal) }
        }
        guard !options.isUTF8DeclarationRequired || command.isSMTPUTF8 || !sender.needsUTF8 else {
            return .failure(.needsSMTPUTF8)
        }
        return .success(command)
    }

    /// Takes one parameter; returns the refusal where it is none that we know, or is wrong.
    private mutating func take(_ parameter: ESMTPParameter, _ options: SMTPParserOptions) -> SMTPReply? {
        switch (parameter.keyword, parameter.value) {
        case ("SIZE", let value?) where options.allows(.size):
            guard let size = ASCII.number(value) else { return .badParameter("message size") }
            self.size = size
        case ("BODY", let value?) where options.allows(.eightBitMIME):
            guard let body = Body(rawValue: ASCII.uppercased(value)) else { return .unsupported(parameter.text) }
            self.body = body
        case ("SMTPUTF8", nil) where options.allows(.smtpUTF8):
            isSMTPUTF8 = true
        case ("RET", let value?) where options.allows(.dsn):
            guard let returned = Return(rawValue: ASCII.uppercased(value)) else {
                return .badParameter("RET parameter")
            }
            self.returned = returned
        case ("ENVID", let value?) where options.allows(.dsn):
            // RFC 3461 section 4.4: no more than 100 characters.
            guard (1...100).contains(value.count), let text = XText.decode(value) else {
                return .badParameter("ENVID parameter")
            }
            envelopeID = text
        case ("AUTH", let value?) where options.allows(.auth):
            if value.elementsEqual("<>".utf8) {
                submitter = .unknown
            } else {
                guard (1...500).contains(value.count), let text = XText.decode(value) else {
                    return .badParameter("AUTH parameter")
                }
                submitter = .mailbox(text)
            }
        default:
            return .unsupported(parameter.text)
        }
        return nil
    }
}
