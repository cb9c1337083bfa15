// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import FinalDelivery
internal import LookupTables
internal import MailEnvelope
internal import MailRouting
internal import POSIX
internal import SystemPackage

/// The step of local(8) after aliases: the mailbox of the user that the recipient names.
struct UserStep: DeliveryStep {
    private let aliases: AliasMaps
    private let mailboxes: UserMailboxes

    init(_ aliases: AliasMaps, _ mailboxes: UserMailboxes) {
        self.aliases = aliases
        self.mailboxes = mailboxes
    }

    func apply(to plan: inout DeliveryPlan, _ message: RequestedMessage) async -> Outcome? {
        guard plan.keepsCopy else { return nil }
        let names = aliases.names(plan.address).map(\.name)
        let mailboxes = self.mailboxes
        let found = await offload { Self.find(names, mailboxes) }
        switch found {
        case .success(let target):
            plan.target = target
            return nil
        case .failure(let refusal): return refusal.outcome
        }
    }

    private struct Refused: Error {
        let outcome: Outcome
    }

    /// The mailbox of the first of the names that is a user's; blocking.
    private nonisolated static func find(_ names: [String], _ mailboxes: UserMailboxes) -> Result<
        DeliveryTarget, Refused
    > {
        let user: Identity
        do throws(Errno) {
            guard let found = try self.user(names) else {
                let text = "unknown user: \"\(names.last ?? "")\""
                return .failure(Refused(outcome: Outcome(.failed, status: "5.1.1", text: text)))
            }
            user = found
        } catch {
            let text = "user lookup failure: \(error)"
            return .failure(Refused(outcome: Outcome(.deferred, status: "4.3.0", text: text)))
        }
        do throws(UserMailboxes.Refusal) {
            return .success(try mailboxes.target(user))
        } catch {
            return .failure(Refused(outcome: Outcome(.deferred, status: "4.3.5", text: error.text)))
        }
    }

    private nonisolated static func user(_ names: [String]) throws(Errno) -> Identity? {
        for name in names where name.utf8.count <= 256 && !name.utf8.contains(UInt8(ascii: "/")) {
            if let user = try Identity.named(name) { return user }
        }
        return nil
    }
}
