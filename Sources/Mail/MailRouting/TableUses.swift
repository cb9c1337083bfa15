// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// What the parameters of main.cf use their tables for.
extension TableUse {
    /// virtual(5): addresses.
    package static let virtualAliasMaps = TableUse("virtual_alias_maps", .addresses)
    /// aliases(5): a target may be a command or a file, so no part of an address may get into it (local(8)).
    package static let aliasMaps = TableUse("alias_maps", .addresses, substitution: .refused)
    /// virtual(8): a path below `virtual_mailbox_base`.
    package static let virtualMailboxMaps = TableUse("virtual_mailbox_maps", .path)
    /// virtual(8): the owner of a mailbox.
    package static let virtualUIDMaps = TableUse("virtual_uid_maps", .number)
    /// virtual(8): the group of a mailbox.
    package static let virtualGIDMaps = TableUse("virtual_gid_maps", .number)
    /// transport(5).
    package static let transportMaps = TableUse("transport_maps", .transport)
    /// relocated(5): a text for the sender.
    package static let relocatedMaps = TableUse("relocated_maps")
    /// Names and addresses that exist.
    package static let localRecipientMaps = TableUse("local_recipient_maps")
    /// Addresses that exist.
    package static let relayRecipientMaps = TableUse("relay_recipient_maps")

    /// The use of a parameter's tables; a text where nothing else is known of it.
    package static func of(_ parameter: String) -> TableUse {
        all.first { $0.parameter == parameter } ?? TableUse(parameter)
    }

    private static let all: [TableUse] = [
        virtualAliasMaps, aliasMaps, virtualMailboxMaps, virtualUIDMaps, virtualGIDMaps, transportMaps, relocatedMaps,
        localRecipientMaps, relayRecipientMaps,
    ]
}
