// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import FinalDelivery
internal import LookupTables
internal import MailAddress
internal import MailEnvelope
internal import MailStore

/// The step of virtual(8): the mailbox of `virtual_mailbox_maps`, and its owner.
struct MailboxStep: DeliveryStep {
    private let mailboxes: VirtualMailboxes
    private let arrangement: MailboxOwners.Arrangement

    init(_ mailboxes: VirtualMailboxes, _ arrangement: MailboxOwners.Arrangement) {
        self.mailboxes = mailboxes
        self.arrangement = arrangement
    }

    func apply(to plan: inout DeliveryPlan, _ message: RequestedMessage) async -> Outcome? {
        guard plan.keepsCopy else { return nil }
        let location: MailLocation?
        let owner: DeliveryTarget.Owner?
        do throws(LookupError) {
            location = try await mailboxes.find(plan.address)
            switch arrangement {
            case .always(let one): owner = one
            case .perRecipient: owner = try await mailboxes.owners.owner(mailboxes.keys(plan.address))
            }
        } catch {
            return Outcome(.deferred, status: "4.3.5", text: "mailbox lookup failure: \(error)")
        }
        guard let location else {
            return Outcome(.failed, status: "5.1.1", text: "unknown user: \"\(plan.recipient.address)\"")
        }
        guard let owner else {
            return Outcome(
                .deferred,
                status: "4.3.5",
                text: "no usable owner in virtual_uid_maps or virtual_gid_maps",
                // Without maps no mailbox has an owner.
                scope: mailboxes.owners.isConfigured ? .recipient : .transport
            )
        }
        plan.target = DeliveryTarget(location, owner: owner)
        return nil
    }
}
