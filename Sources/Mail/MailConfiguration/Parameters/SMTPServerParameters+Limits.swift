// SPDX-License-Identifier: Apache-2.0

// Limits, rates and times.
extension SMTPServerParameters {
    package static let timeout = Parameter(
        "smtpd_timeout",
        .time(.seconds, 1...Int.max),
        default: "${stress?{10}:{300}}s",
        "How long a client may be silent."
    )
    package static let starttlsTimeout = Parameter(
        "smtpd_starttls_timeout",
        .time(.seconds, 1...Int.max),
        default: "${stress?{10}:{300}}s",
        "How long the TLS handshake may take."
    )
    package static let minDataRate = Parameter(
        "smtpd_min_data_rate",
        .integer(1...),
        default: "500",
        "The fewest bytes a second under smtpd_per_request_deadline."
    )
    package static let perRequestDeadline = Parameter(
        "smtpd_per_request_deadline",
        .boolean,
        default: "${stress?{yes}:{no}}",
        "Whether smtpd_timeout bounds a whole command or message."
    )
    package static let errorSleepTime = Parameter(
        "smtpd_error_sleep_time",
        .time(),
        default: "1s",
        "How long smtpd waits before it answers a client that made errors."
    )
    package static let softErrorLimit = Parameter(
        "smtpd_soft_error_limit",
        .integer(1...),
        default: "10",
        "After how many errors smtpd begins to wait."
    )
    package static let hardErrorLimit = Parameter(
        "smtpd_hard_error_limit",
        .integer(1...),
        default: "${stress?{1}:{20}}",
        "After how many errors the session ends."
    )
    package static let junkCommandLimit = Parameter(
        "smtpd_junk_command_limit",
        .integer(1...),
        default: "${stress?{1}:{100}}",
        "How many NOOP, VRFY, ETRN and RSET a session may send per message."
    )
    package static let historyFlushThreshold = Parameter(
        "smtpd_history_flush_threshold",
        .integer(1...),
        default: "100",
        "How many lines of a session's history are kept for notices."
    )
    package static let recipientLimit = Parameter(
        "smtpd_recipient_limit",
        .integer(1...),
        default: "1000",
        "The most recipients of a message."
    )
    package static let recipientOvershootLimit = Parameter(
        "smtpd_recipient_overshoot_limit",
        .integer(1...),
        default: "1000",
        "How many recipients over the limit are refused before they count as errors."
    )
    package static let clientConnectionCountLimit = Parameter(
        "smtpd_client_connection_count_limit",
        .integer(),
        default: "50",
        "The most simultaneous sessions of a client; 0 means no limit."
    )
    package static let clientConnectionRateLimit = Parameter(
        "smtpd_client_connection_rate_limit",
        .integer(),
        default: "0",
        "The most sessions of a client in anvil_rate_time_unit; 0 means no limit."
    )
    package static let clientMessageRateLimit = Parameter(
        "smtpd_client_message_rate_limit",
        .integer(),
        default: "0",
        "The most messages of a client in anvil_rate_time_unit; 0 means no limit."
    )
    package static let clientRecipientRateLimit = Parameter(
        "smtpd_client_recipient_rate_limit",
        .integer(),
        default: "0",
        "The most recipients of a client in anvil_rate_time_unit; 0 means no limit."
    )
    package static let clientAuthRateLimit = Parameter(
        "smtpd_client_auth_rate_limit",
        .integer(),
        default: "0",
        "The most AUTH commands of a client in anvil_rate_time_unit; 0 means no limit."
    )
    package static let clientNewTLSSessionRateLimit = Parameter(
        "smtpd_client_new_tls_session_rate_limit",
        .integer(),
        default: "0",
        "The most full TLS handshakes of a client in anvil_rate_time_unit; 0 means no limit."
    )
    package static let clientEventLimitExceptions = Parameter(
        "smtpd_client_event_limit_exceptions",
        .list,
        default: "${smtpd_client_connection_limit_exceptions:$mynetworks}",
        "The clients without these limits."
    )
    package static let anvilRateTimeUnit = Parameter(
        "anvil_rate_time_unit",
        .time(.seconds, 1...Int.max),
        default: "60s",
        "The time over which rates are counted."
    )
    package static let lineLengthLimit = Parameter(
        "line_length_limit",
        .size(1...Int.max),
        default: "2048",
        "The bytes after which a long line is cut into pieces in the queue."
    )

    /// The rows of this file.
    static let limits: [any AnyParameter] = [
        timeout, starttlsTimeout, minDataRate, perRequestDeadline, errorSleepTime, softErrorLimit, hardErrorLimit,
        junkCommandLimit, historyFlushThreshold, recipientLimit, recipientOvershootLimit,
        clientConnectionCountLimit, clientConnectionRateLimit, clientMessageRateLimit, clientRecipientRateLimit,
        clientAuthRateLimit, clientNewTLSSessionRateLimit, clientEventLimitExceptions, anvilRateTimeUnit,
        lineLengthLimit,
    ]
}
