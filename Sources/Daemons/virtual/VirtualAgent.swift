// SPDX-License-Identifier: Apache-2.0
internal import FinalDelivery
internal import Logging
internal import LookupTables
internal import MailConfiguration
internal import MailStore
internal import POSIX
internal import Service

/// virtual(8): delivers to the mailboxes of `virtual_mailbox_maps`, as their owner.
///
/// With one owner for all (`static:`) it becomes that user for good; otherwise each delivery takes the owner's
/// file-system ids in its own thread, for which the two capabilities stay (Documentation/Decisions).
@main
struct VirtualAgent: Daemon {
    static let name = "virtual"
    static let rights = Rights(
        user: .mailOwner,
        capabilities: [.setUID, .setGID],
        reads: [.configuration],
        writes: [.parameter("virtual_mailbox_base", otherwise: "/")],
        calls: [.files, .confine],
        sockets: [.unix],
        identities: .mailboxOwners,
        later: [settled, perRecipient],
        callers: ["*": [.mailOwner]]
    )
    /// With one owner for all mailboxes.
    static let settled = Rights.Stage(
        user: .mailboxOwner,
        reads: [.configuration],
        writes: [.parameter("virtual_mailbox_base", otherwise: "/")],
        calls: [.files]
    )
    /// With an owner for each recipient.
    static let perRecipient = Rights.Stage(
        user: .mailOwner,
        capabilities: [.setUID, .setGID],
        reads: [.configuration],
        writes: [.parameter("virtual_mailbox_base", otherwise: "/")],
        calls: [.files],
        sockets: [.unix],
        identities: .recipients(spool: nil)
    )

    let mailboxes: VirtualMailboxes
    /// Every table behind these.
    let tables: TableList

    static func prepare(_ start: StartUp) throws -> VirtualAgent {
        var pool = start.tablePool()
        let mailboxes = try VirtualMailboxes(start.main, pool: &pool)
        for notice in pool.notices { start.log.warning("\(notice)") }
        let agent = VirtualAgent(mailboxes: mailboxes, tables: pool.all)
        let base = start.main[VirtualDeliveryParameters.mailboxBase]
        if agent.hasMailboxes, base.isEmpty || base == "/" {
            start.log.warning(
                "virtual_mailbox_base is \"\(base)\": deliveries may write everywhere; set it to the folder that has all mailboxes"
            )
        }
        return agent
    }

    /// Without mailboxes there is nothing to write.
    func refine(_ sandbox: inout Sandbox) {
        if !hasMailboxes { sandbox.writes = [] }
    }

    private var hasMailboxes: Bool { mailboxes.hasMaps }

    func serve(_ worker: Worker) throws {
        worker.leave(onChangeOf: tables)
        let base = worker.start.main[VirtualDeliveryParameters.mailboxBase]
        if !base.isEmpty { worker.leave(onReplacementOf: base) }
        let owners = try mailboxes.owners.settle(start: worker.start, keepsAccount: tables.asksOthers)
        if let trial = Trial.run() { worker.start.log.notice("trial later: \(trial)") }
        let writer = MailboxWriter(Self.delivery(worker.start.main), owners == .perRecipient ? .ofEachOwner : .own)
        let deliveries = FinalDeliveries(steps: [MailboxStep(mailboxes, owners)], writer: writer)
        DeliveryAgent.serve(worker, deliveries.deliver)
    }

    private static func delivery(_ main: MainConfiguration) -> MailDelivery {
        let limit = main[VirtualDeliveryParameters.mailboxLimit]
        let methods = main[VirtualDeliveryParameters.mailboxLock].compactMap { MboxLocking.Method(rawValue: $0) }
        return MailDelivery(locking: MboxLocking(methods: methods), sizeLimit: limit == 0 ? nil : limit)
    }
}
