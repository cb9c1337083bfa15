// SPDX-License-Identifier: Apache-2.0

/// Parameters of virtual: mailboxes without system accounts.
package enum VirtualDeliveryParameters {
    package static let mailboxBase = Parameter(
        "virtual_mailbox_base",
        .string,
        default: "",
        "The folder below which all virtual mailboxes lie."
    )
    package static let mailboxMaps = Parameter(
        "virtual_mailbox_maps",
        .tables,
        default: "",
        "The mailbox of each address; a Maildir where it ends in a slash."
    )
    package static let mailboxDomains = Parameter(
        "virtual_mailbox_domains",
        .list,
        default: "$virtual_mailbox_maps",
        "The domains of virtual mailboxes."
    )
    package static let uidMaps = Parameter("virtual_uid_maps", .tables, default: "", "The owner of each mailbox.")
    package static let gidMaps = Parameter("virtual_gid_maps", .tables, default: "", "The group of each mailbox.")
    package static let minimumUID = Parameter(
        "virtual_minimum_uid",
        .integer(1...),
        default: "100",
        "The least uid that a mailbox may belong to."
    )
    package static let mailboxLimit = Parameter(
        "virtual_mailbox_limit",
        .size(),
        default: "51200000",
        "The most bytes of a mailbox file; 0 means no limit."
    )
    package static let mailboxLock = Parameter(
        "virtual_mailbox_lock",
        .list,
        default: "fcntl, dotlock",
        "How a mailbox file is locked."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        mailboxBase, mailboxMaps, mailboxDomains, uidMaps, gidMaps, minimumUID, mailboxLimit, mailboxLock,
    ]
}
