// SPDX-License-Identifier: Apache-2.0
internal import FinalDelivery
internal import Logging
internal import MailConfiguration
internal import MailStore
internal import POSIX
internal import Service

/// local(8): delivers to the system's users, each time with the file-system ids of the mailbox's owner, and forwards
/// what aliases(5) send elsewhere.
///
/// No root: two capabilities, the spool, the folders of homes, no programs (Documentation/Decisions).
@main
struct Local: Daemon {
    static let name = "local"
    static let rights = Rights(
        user: .mailOwner,
        capabilities: [.setUID, .setGID],
        reads: [.configuration, .accounts, .tables("alias_maps")],
        writes: [.parameter("mail_spool_directory"), .homes],
        calls: [.files],
        sockets: [.unix],
        identities: .recipients(spool: "mail_spool_directory"),
        callers: ["*": [.mailOwner]]
    )

    let settings: LocalSettings
    let aliases: AliasMaps

    static func prepare(_ start: StartUp) throws -> Local {
        for warning in LocalSettings.warnings(start.main) { start.log.warning("\(warning)") }
        // The name service loads its modules when first asked, which the sandbox would not let it do.
        _ = try? Identity.named("relais-loads-the-name-service")
        return Local(
            settings: LocalSettings(start.main),
            aliases: try AliasMaps(start.main, transport: start.serviceName, pool: start.tablePool())
        )
    }

    func serve(_ worker: Worker) {
        let cleanup = CleanupClient(path: worker.start.publicSocket("cleanup"))
        for notice in aliases.notices { worker.start.log.warning("\(notice)") }
        let changesOwner = worker.start.isRoot
        let mailboxes = UserMailboxes(settings, changesOwner: changesOwner)
        let deliveries = FinalDeliveries(
            steps: [AliasStep(aliases), UserStep(aliases, mailboxes)],
            writer: MailboxWriter(settings.delivery, changesOwner ? .ofEachOwner : .own),
            forwarder: Forwarder(cleanup, prepends: settings.marksForwarded),
            marksMailboxes: settings.marksMailboxes
        )
        worker.leave(onChangeOf: aliases.allTables)
        DeliveryAgent.serve(worker, deliveries.deliver)
    }
}
