// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import LookupTables
internal import MailAddress
package import MailEnvelope

/// Sends mail for the names of aliases(5) to what they stand for.
package struct AliasStep: DeliveryStep {
    private let maps: AliasMaps

    package init(_ maps: AliasMaps) {
        self.maps = maps
    }

    package func apply(to plan: inout DeliveryPlan, _ message: RequestedMessage) async -> Outcome? {
        // An alias that was changed counts from the next message on.
        await maps.tables.look()
        do throws(AliasExpansion.Failure) {
            guard let expansion = try await AliasExpander.expand(plan.address, maps) else { return nil }
            if let sender = expansion.sender {
                plan.sender = sender.internalForm
                plan.isList = true
            }
            plan.forwards += expansion.addresses
            plan.keepsCopy = expansion.deliversToUser
            guard !plan.keepsCopy, plan.forwards.isEmpty else { return nil }
            return Outcome(.delivered, status: "2.0.0", text: "delivered to file: /dev/null")
        } catch {
            return Outcome(error.isTemporary ? .deferred : .failed, status: error.status, text: error.text)
        }
    }
}
