// SPDX-License-Identifier: Apache-2.0
internal import MailStatus

/// The replies that the engine gives by itself, in the words that people know from Postfix.
extension SMTPReply {
    static func syntax(_ usage: String) -> SMTPReply { SMTPReply(501, EnhancedStatus(5, 5, 4), "Syntax: \(usage)") }

    static func badParameter(_ what: String) -> SMTPReply {
        SMTPReply(501, EnhancedStatus(5, 5, 4), "Error: Bad \(what) syntax")
    }

    static func unsupported(_ option: String) -> SMTPReply {
        SMTPReply(555, EnhancedStatus(5, 5, 4), "Unsupported option: \(option)")
    }

    static let tooManyParameters = SMTPReply(501, EnhancedStatus(5, 5, 4), "Error: too many parameters")
    static let badSender = SMTPReply(501, EnhancedStatus(5, 1, 7), "Bad sender address syntax")
    static let badRecipient = SMTPReply(501, EnhancedStatus(5, 1, 3), "Bad recipient address syntax")
    static let needsSMTPUTF8 = SMTPReply(553, EnhancedStatus(5, 6, 7), "Must declare SMTPUTF8 to send unicode address")
    static let badSyntax = SMTPReply(500, EnhancedStatus(5, 5, 2), "Error: bad syntax")
    static let badUTF8 = SMTPReply(500, EnhancedStatus(5, 5, 2), "Error: bad UTF-8 syntax")
    static let lineTooLong = SMTPReply(500, EnhancedStatus(5, 5, 2), "Error: line too long")
    static let notRecognized = SMTPReply(500, EnhancedStatus(5, 5, 2), "Error: command not recognized")
    static let notImplemented = SMTPReply(502, EnhancedStatus(5, 5, 1), "Error: command not implemented")
    static let goodbye = SMTPReply(221, EnhancedStatus(2, 7, 0), "Error: I can break rules, too. Goodbye.")
    static let notSynchronized = SMTPReply(554, EnhancedStatus(5, 5, 0), "Error: SMTP protocol synchronization")

    static let accessDenied = SMTPReply(503, EnhancedStatus(5, 7, 0), "Error: access denied")
    static let heloFirst = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: send HELO/EHLO first")
    static let nestedMail = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: nested MAIL command")
    static let needMail = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: need MAIL command")
    static let needRcpt = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: need RCPT command")
    static let dataAfterBdat = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: DATA after BDAT")
    static let rcptAfterBdat = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: RCPT after BDAT")
    static let noValidRecipients = SMTPReply(554, EnhancedStatus(5, 5, 1), "Error: no valid recipients")
    static let inTransaction = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: MAIL transaction in progress")
    static let tooManyRecipients = SMTPReply(452, EnhancedStatus(4, 5, 3), "Error: too many recipients")
    static let tooLarge = SMTPReply(552, EnhancedStatus(5, 3, 4), "Message size exceeds fixed limit")
    static let vrfyDisabled = SMTPReply(502, EnhancedStatus(5, 5, 1), "VRFY command is disabled")
    static let etrnDisabled = SMTPReply(502, EnhancedStatus(5, 5, 1), "ETRN command is disabled")

    static let needTLS = SMTPReply(530, EnhancedStatus(5, 7, 0), "Must issue a STARTTLS command first")
    static let tlsActive = SMTPReply(554, EnhancedStatus(5, 5, 1), "Error: TLS already active")
    static let tlsReady = SMTPReply(220, EnhancedStatus(2, 0, 0), "Ready to start TLS")
    static let tlsUnavailable = SMTPReply(454, EnhancedStatus(4, 7, 0), "Error: TLS not available due to local problem")

    static let authDisabled = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: authentication not enabled")
    static let authenticated = SMTPReply(235, EnhancedStatus(2, 7, 0), "Authentication successful")
    static let alreadyAuthenticated = SMTPReply(503, EnhancedStatus(5, 5, 1), "Error: already authenticated")
    static let authNeedsTLS = SMTPReply(
        538,
        EnhancedStatus(5, 7, 11),
        "Encryption required for requested authentication mechanism"
    )
    static let unknownMechanism = SMTPReply(504, EnhancedStatus(5, 5, 4), "Error: unsupported authentication mechanism")
    static let authAborted = SMTPReply(501, EnhancedStatus(5, 7, 0), "Authentication aborted")
    static let responseTooLong = SMTPReply(500, EnhancedStatus(5, 5, 6), "SASL response limit exceeded")
    static let badBase64 = SMTPReply(501, EnhancedStatus(5, 5, 2), "Error: invalid base64 data")

    static let ok = SMTPReply(250, EnhancedStatus(2, 0, 0), "Ok")
    static let senderOK = SMTPReply(250, EnhancedStatus(2, 1, 0), "Ok")
    static let recipientOK = SMTPReply(250, EnhancedStatus(2, 1, 5), "Ok")
    static let startData = SMTPReply(354, nil, "End data with <CR><LF>.<CR><LF>")
    static let bye = SMTPReply(221, EnhancedStatus(2, 0, 0), "Bye")

    /// The password or the user was wrong; both must look alike.
    package static let authenticationFailed = SMTPReply(535, EnhancedStatus(5, 7, 8), "Error: authentication failed")

    /// The auth service is not there.
    package static let authenticationUnavailable = SMTPReply(
        454,
        EnhancedStatus(4, 7, 0),
        "Temporary authentication failure: Connection lost to authentication server"
    )

    /// Something of ours is broken or full.
    package static let temporaryFailure = SMTPReply(451, EnhancedStatus(4, 3, 0), "Error: queue file write error")

    /// The content is over `message_size_limit`.
    package static let contentTooLarge = SMTPReply(552, EnhancedStatus(5, 3, 4), "Error: message file too big")

    /// The message is safe in the queue under this id.
    package static func queued(as id: String) -> SMTPReply {
        SMTPReply(250, EnhancedStatus(2, 0, 0), "Ok: queued as \(id)")
    }
}
