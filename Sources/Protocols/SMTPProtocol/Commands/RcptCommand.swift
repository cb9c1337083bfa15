// SPDX-License-Identifier: Apache-2.0

package import MailAddress

/// RCPT: a recipient (RFC 5321 section 4.1.1.3).
package struct RcptCommand: Equatable, Sendable {
    /// NOTIFY= (RFC 3461 section 4.1); empty is NEVER.
    package struct Notify: OptionSet, Hashable, Sendable {
        /// The bits.
        package let rawValue: UInt8

        /// Makes a set of its bits.
        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Tell when it is delivered.
        package static let success = Notify(rawValue: 1)
        /// Tell when it cannot be delivered.
        package static let failure = Notify(rawValue: 2)
        /// Tell when it takes long.
        package static let delay = Notify(rawValue: 4)
    }

    /// ORCPT= (RFC 3461 section 4.2).
    package struct OriginalRecipient: Equatable, Sendable {
        /// The address type, usually `rfc822`.
        package var type: String
        /// The address, decoded.
        package var address: String

        /// Makes an original recipient.
        package init(type: String, address: String) {
            self.type = type
            self.address = address
        }
    }

    /// The forward path.
    package var recipient: EmailAddress
    /// NOTIFY=; nil where the client did not say.
    package var notify: Notify?
    /// ORCPT=.
    package var originalRecipient: OriginalRecipient?

    /// Makes a command without parameters.
    package init(recipient: EmailAddress) {
        self.recipient = recipient
    }

    // rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
    static func parse(_ arguments: SMTPArguments, _ options: SMTPParserOptions) -> SMTPParse<RcptCommand> {
        var arguments = arguments
        guard arguments.take("TO:") else { return .failure(.syntax("RCPT TO:<address>")) }
        arguments.skipSpace()
        guard !arguments.isAtEnd else { return .failure(.syntax("RCPT TO:<address>")) }
        guard let recipient = options.path(&arguments, .forward) else { return .failure(.badRecipient) }
        guard let parameters = ESMTPParameter.all(&arguments) else { return .failure(.tooManyParameters) }
        var command = RcptCommand(recipient: recipient)
        // The last of a keyword counts: Python's smtplib for one sends SIZE twice.
        for parameter in parameters {
            switch (parameter.keyword, parameter.value) {
            case ("NOTIFY", let value?) where options.allows(.dsn):
                guard let notify = Notify(value) else { return .failure(.badParameter("NOTIFY parameter")) }
                command.notify = notify
            case ("ORCPT", let value?) where options.allows(.dsn):
                guard let original = OriginalRecipient(value) else { return .failure(.badParameter("ORCPT parameter")) }
                command.originalRecipient = original
            default:
                return .failure(.unsupported(parameter.text))
            }
        }
        return .success(command)
    }
}

extension RcptCommand.Notify {
    // notify-esmtp-value = "NEVER" / 1#notify-list-element
    // notify-list-element = "SUCCESS" / "FAILURE" / "DELAY"
    init?(_ value: ArraySlice<UInt8>) {
        self = []
        guard value.count <= 64 else { return nil }
        let words = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            ASCII.uppercased($0)
        }
        if words == ["NEVER"] { return }
        for word in words {
            switch word {
            case "SUCCESS": insert(.success)
            case "FAILURE": insert(.failure)
            case "DELAY": insert(.delay)
            default: return nil
            }
        }
    }
}

extension RcptCommand.OriginalRecipient {
    // original-recipient-address = addr-type ";" xtext
    init?(_ value: ArraySlice<UInt8>) {
        // RFC 3461 section 4.2: 500 characters.
        guard value.count <= 500, let semicolon = value.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let type = ASCII.uppercased(value[..<semicolon]).lowercased()
        guard !type.isEmpty,
            type.utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }),
            let address = XText.decode(value[(semicolon + 1)...], allowsUTF8: type == "utf-8"), !address.isEmpty
        else { return nil }
        self.init(type: type, address: address)
    }
}
