// SPDX-License-Identifier: Apache-2.0

/// Parameters of local: mailboxes of the system's users.
package enum LocalDeliveryParameters {
    package static let aliasMaps = Parameter(
        "alias_maps",
        .tables,
        default: "hash:/etc/aliases",
        "The tables of aliases(5).",
        reason: "NIS, which Postfix also asks by default, is not supported."
    )
    package static let aliasDatabase = Parameter(
        "alias_database",
        .tables,
        default: "hash:/etc/aliases",
        "The tables that newaliases rebuilds."
    )
    package static let mailSpoolDirectory = Parameter(
        "mail_spool_directory",
        .nonEmptyString,
        default: "/var/mail",
        "The folder of mailbox files, or of Maildirs where it ends in a slash."
    )
    package static let homeMailbox = Parameter(
        "home_mailbox",
        .string,
        default: "",
        "The mailbox below a home folder; a Maildir where it ends in a slash."
    )
    package static let mailboxCommand = Parameter(
        "mailbox_command",
        .template,
        default: "",
        "The command that delivers in place of local."
    )
    package static let mailboxCommandMaps = Parameter("mailbox_command_maps", .tables, default: "", "The same by user.")
    package static let mailboxTransport = Parameter(
        "mailbox_transport",
        .string,
        default: "",
        "The transport that delivers to all users."
    )
    package static let mailboxTransportMaps = Parameter(
        "mailbox_transport_maps",
        .tables,
        default: "",
        "The same by user."
    )
    package static let fallbackTransport = Parameter(
        "fallback_transport",
        .string,
        default: "",
        "The transport for users that are not known."
    )
    package static let luserRelay = Parameter(
        "luser_relay",
        .template,
        default: "",
        "The address for users that are not known."
    )
    package static let localRecipientMaps = Parameter(
        "local_recipient_maps",
        .tables,
        default: "proxy:unix:passwd.byname $alias_maps",
        "The recipients that exist in mydestination; empty means all."
    )
    package static let mailboxDeliveryLock = Parameter(
        "mailbox_delivery_lock",
        .list,
        default: "fcntl, dotlock",
        "How a mailbox file is locked."
    )
    package static let deliverLockAttempts = Parameter(
        "deliver_lock_attempts",
        .integer(1...),
        default: "20",
        "How often a lock is tried."
    )
    package static let deliverLockDelay = Parameter(
        "deliver_lock_delay",
        .time(.seconds, 1...Int.max),
        default: "1s",
        "The pause between attempts to lock."
    )
    package static let staleLockTime = Parameter(
        "stale_lock_time",
        .time(.seconds, 1...Int.max),
        default: "500s",
        "The age at which a dot-lock is broken."
    )
    package static let biff = Parameter(
        "biff",
        .boolean,
        default: "no",
        "Whether comsat is told of new mail.",
        reason: "The notice is a datagram to a service that hardly a system still has."
    )
    package static let forwardPath = Parameter(
        "forward_path",
        .templateList,
        default: "$home/.forward${recipient_delimiter}${extension}, $home/.forward",
        "Where a user's .forward is looked for."
    )
    package static let allowMailToCommands = Parameter(
        "allow_mail_to_commands",
        .list,
        default: "alias, forward",
        "Where |command is allowed."
    )
    package static let allowMailToFiles = Parameter(
        "allow_mail_to_files",
        .list,
        default: "alias, forward",
        "Where /file is allowed."
    )
    package static let commandTimeLimit = Parameter(
        "command_time_limit",
        .time(.seconds, 1...Int.max),
        default: "1000s",
        "How long an external command may run."
    )
    package static let commandExpansionFilter = Parameter(
        "command_expansion_filter",
        .template,
        default: "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "The characters that values keep in $mailbox_command."
    )
    package static let strictMailboxOwnership = Parameter(
        "strict_mailbox_ownership",
        .boolean,
        default: "yes",
        "Whether a mailbox must belong to its user."
    )
    package static let requireHomeDirectory = Parameter(
        "require_home_directory",
        .boolean,
        default: "no",
        "Whether a delivery waits for the user's home folder."
    )
    package static let expandOwnerAlias = Parameter(
        "expand_owner_alias",
        .boolean,
        default: "no",
        "Whether owner-list becomes the sender in its expanded form."
    )
    package static let resetOwnerAlias = Parameter(
        "reset_owner_alias",
        .boolean,
        default: "no",
        "Whether owner-list is dropped where a nested alias has no owner."
    )
    package static let prependDeliveredHeader = Parameter(
        "prepend_delivered_header",
        .list,
        default: "command, file, forward",
        "Where Delivered-To: is written."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        aliasMaps, aliasDatabase, mailSpoolDirectory, homeMailbox, mailboxCommand, mailboxCommandMaps,
        mailboxTransport, mailboxTransportMaps, fallbackTransport, luserRelay, localRecipientMaps,
        mailboxDeliveryLock, deliverLockAttempts, deliverLockDelay, staleLockTime, biff, forwardPath,
        allowMailToCommands, allowMailToFiles, commandTimeLimit, commandExpansionFilter, strictMailboxOwnership,
        requireHomeDirectory, expandOwnerAlias, resetOwnerAlias, prependDeliveredHeader,
    ]
}
