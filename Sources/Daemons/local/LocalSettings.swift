// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailConfiguration
internal import MailStore

/// What main.cf says about deliveries to users.
struct LocalSettings: Sendable {
    /// `mail_spool_directory`; Maildirs where it ends in a slash.
    var spool = "/var/mail"
    /// `home_mailbox`; empty where mail goes to the spool, a Maildir where it ends in a slash.
    var homeMailbox = ""
    /// `mailbox_size_limit`; nil is any size.
    var sizeLimit: Int?
    var locking = MboxLocking()
    /// `require_home_directory`.
    var needsHome = false
    /// `virtual_minimum_uid`: the sandbox lets no delivery take a smaller uid.
    var minimumUID: UInt32 = 1
    /// `recipient_delimiter`.
    var delimiters = ""
    var ownerRequestSpecial = true
    /// Whether mail in mailboxes bears Delivered-To (`prepend_delivered_header` has `file`).
    var marksMailboxes = true
    /// The same for forwarded mail (`forward`): without it, no loop is noticed before the hop count.
    var marksForwarded = true

    init() {}

    init(_ main: MainConfiguration) {
        spool = main[LocalDeliveryParameters.mailSpoolDirectory]
        homeMailbox = main[LocalDeliveryParameters.homeMailbox]
        let limit = main[GeneralParameters.mailboxSizeLimit]
        sizeLimit = limit == 0 ? nil : limit
        locking = MboxLocking(
            methods: main[LocalDeliveryParameters.mailboxDeliveryLock].compactMap { MboxLocking.Method(rawValue: $0) },
            patience: LockPatience(
                attempts: main[LocalDeliveryParameters.deliverLockAttempts],
                delay: main[LocalDeliveryParameters.deliverLockDelay].nanoseconds,
                staleAfter: main[LocalDeliveryParameters.staleLockTime].nanoseconds
            )
        )
        needsHome = main[LocalDeliveryParameters.requireHomeDirectory]
        minimumUID = UInt32(clamping: main[VirtualDeliveryParameters.minimumUID])
        delimiters = main[GeneralParameters.recipientDelimiter]
        ownerRequestSpecial = main[GeneralParameters.ownerRequestSpecial]
        let marked = main[LocalDeliveryParameters.prependDeliveredHeader].map { $0.lowercased() }
        marksMailboxes = marked.contains("file")
        marksForwarded = marked.contains("forward")
    }

    /// What all deliveries share.
    ///
    /// Outside of the spool a folder may have no room for lock files.
    var delivery: MailDelivery {
        let locking = MboxLocking(
            methods: locking.methods,
            patience: locking.patience,
            dotlockMayFail: !homeMailbox.isEmpty
        )
        return MailDelivery(locking: locking, sizeLimit: sizeLimit)
    }

    /// Values that have no effect, a sentence each: a setting is never ignored in silence.
    static func warnings(_ main: MainConfiguration) -> [String] {
        var warnings: [String] = []
        if !(main.value(named: LocalDeliveryParameters.mailboxCommand.name) ?? "").isEmpty {
            warnings.append("mailbox_command is not supported yet: mail goes to the users' mailboxes")
        }
        if !main[LocalDeliveryParameters.strictMailboxOwnership] {
            warnings.append("strict_mailbox_ownership = no is not supported: a mailbox must belong to its user")
        }
        let methods = main[LocalDeliveryParameters.mailboxDeliveryLock]
        for method in methods where MboxLocking.Method(rawValue: method) == nil {
            warnings.append("mailbox_delivery_lock: \(method) is not supported; there are fcntl and dotlock")
        }
        return warnings
    }
}
