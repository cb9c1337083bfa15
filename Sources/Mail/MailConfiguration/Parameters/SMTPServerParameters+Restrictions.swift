// SPDX-License-Identifier: Apache-2.0

// Who may do what.
extension SMTPServerParameters {
    package static let clientRestrictions = Parameter(
        "smtpd_client_restrictions",
        .list,
        default: "",
        "What is checked when a client connects."
    )
    package static let heloRestrictions = Parameter(
        "smtpd_helo_restrictions",
        .list,
        default: "",
        "What is checked at HELO and EHLO."
    )
    package static let senderRestrictions = Parameter(
        "smtpd_sender_restrictions",
        .list,
        default: "",
        "What is checked at MAIL FROM."
    )
    package static let relayRestrictions = Parameter(
        "smtpd_relay_restrictions",
        .list,
        default:
            "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination}}",
        "What decides at RCPT TO who may relay."
    )
    package static let recipientRestrictions = Parameter(
        "smtpd_recipient_restrictions",
        .list,
        default: "",
        "What is checked at RCPT TO after relaying is decided."
    )
    package static let dataRestrictions = Parameter(
        "smtpd_data_restrictions",
        .list,
        default: "",
        "What is checked at DATA."
    )
    package static let endOfDataRestrictions = Parameter(
        "smtpd_end_of_data_restrictions",
        .list,
        default: "",
        "What is checked after the message."
    )
    package static let etrnRestrictions = Parameter(
        "smtpd_etrn_restrictions",
        .list,
        default: "",
        "What is checked at ETRN."
    )
    package static let relayBeforeRecipientRestrictions = Parameter(
        "smtpd_relay_before_recipient_restrictions",
        .boolean,
        default: "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
        "Whether relaying is decided before smtpd_recipient_restrictions."
    )
    package static let restrictionClasses = Parameter(
        "smtpd_restriction_classes",
        .list,
        default: "",
        "Names of parameters that hold lists of restrictions."
    )

    package static let ignoredRestrictions = Parameter(
        "relais_ignore_restrictions",
        .list,
        default: "",
        "The restrictions that Postfix has and relais does not, and that are passed over in lists instead of being an error."
    )
    package static let nullAccessLookupKey = Parameter(
        "smtpd_null_access_lookup_key",
        .nonEmptyString,
        default: "<>",
        "What an access table is asked for in place of the null sender."
    )

    /// The rows of this file.
    static let restrictions: [any AnyParameter] = [
        clientRestrictions, heloRestrictions, senderRestrictions, relayRestrictions, recipientRestrictions,
        dataRestrictions, endOfDataRestrictions, etrnRestrictions, relayBeforeRecipientRestrictions,
        restrictionClasses, ignoredRestrictions, nullAccessLookupKey,
    ]
}
