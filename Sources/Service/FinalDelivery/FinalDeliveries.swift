// SPDX-License-Identifier: Apache-2.0
package import InternalProtocols
package import EventLoop
internal import MailAddress
package import MailEnvelope
internal import MailStore
package import Service
internal import SystemPackage

/// The course of a delivery that ends on this host: loop check, steps of the agent, own copy, copies elsewhere.
///
/// Recipients are served in the order of the request, each for itself: cleanup has taken duplicates out, and what is left
/// of one address differs in what the client named, which X-Original-To says.
@Loop
package final class FinalDeliveries {
    private let steps: [any DeliveryStep]
    private let writer: MailboxWriter
    private let forwarder: Forwarder?
    private let marksMailboxes: Bool

    /// - Parameters:
    ///   - steps: what makes the plan for each recipient, in order.
    ///   - writer: writes to mailboxes.
    ///   - forwarder: sends copies elsewhere; nil for an agent of which no step does.
    ///   - marksMailboxes: whether mail in mailboxes has Delivered-To (`prepend_delivered_header`).
    package init(
        steps: [any DeliveryStep],
        writer: MailboxWriter,
        forwarder: Forwarder? = nil,
        marksMailboxes: Bool = true
    ) {
        self.steps = steps
        self.writer = writer
        self.forwarder = forwarder
        self.marksMailboxes = marksMailboxes
    }

    /// Delivers to all recipients of a request.
    package func deliver(
        _ request: DeliveryRequest,
        _ file: SharedMessage,
        _ report: @Loop (Int, Outcome) -> Void
    ) async {
        let message = RequestedMessage(request, file)
        for (index, recipient) in request.recipients.enumerated() {
            report(index, await deliver(recipient, message))
        }
    }

    private func deliver(_ recipient: Recipient, _ message: RequestedMessage) async -> Outcome {
        guard let address = EmailAddress(internalForm: recipient.address), !address.isNull else {
            return Outcome(.failed, status: "5.1.3", text: "bad address syntax: \"\(printable(recipient.address))\"")
        }
        let head: [UInt8]
        do throws(Errno) {
            head = try await message.head()
        } catch {
            return Outcome(.deferred, status: "4.3.0", text: "cannot read the message: \(error)")
        }
        // A message that was here before would come here for ever.
        guard !HeadLines.wasDelivered(to: address, header: head.span) else {
            return Outcome(.failed, status: "5.4.6", text: "mail forwarding loop for \(address.internalForm)")
        }
        var plan = DeliveryPlan(recipient: recipient, address: address, sender: message.request.sender)
        for step in steps {
            if let outcome = await step.apply(to: &plan, message) { return outcome }
        }
        return await carryOut(plan, message, head)
    }

    /// The own copy first: what is deferred there must not send the others a second one.
    private func carryOut(_ plan: DeliveryPlan, _ message: RequestedMessage, _ head: [UInt8]) async -> Outcome {
        var own: Outcome?
        if plan.keepsCopy, let target = plan.target {
            let outcome = await write(plan, message, head, to: target)
            guard outcome.kind != .deferred, !plan.forwards.isEmpty else { return outcome }
            own = outcome
        }
        guard !plan.forwards.isEmpty else {
            return Outcome(.failed, status: "5.1.1", text: "unknown user: \"\(plan.address.internalForm)\"")
        }
        guard let forwarder else {
            return Outcome(.deferred, status: "4.3.5", text: "this agent forwards no mail", scope: .transport)
        }
        let forwarded = await forwarder.forward(message, plan)
        guard let own, forwarded.kind == .forwarded else { return forwarded }
        guard own.kind == .delivered else { return own }
        return Outcome(.delivered, status: own.status, text: "\(own.text), \(forwarded.text)")
    }

    private func write(
        _ plan: DeliveryPlan,
        _ message: RequestedMessage,
        _ head: [UInt8],
        to target: DeliveryTarget
    ) async -> Outcome {
        let delivered = DeliveredMessage(
            lines: HeadLines.lines(
                sender: plan.sender,
                recipient: plan.recipient,
                address: plan.address,
                marksDelivery: marksMailboxes
            ),
            offset: message.request.content.offset,
            length: message.request.content.length,
            head: head,
            sender: plan.sender
        )
        do throws(DeliveryFailure) {
            let text = try await writer.write(delivered, from: message.file, to: target)
            return Outcome(.delivered, status: "2.0.0", text: text)
        } catch {
            // A mailbox's folder, lock or disk says nothing of other mailboxes.
            return Outcome(error.isTemporary ? .deferred : .failed, status: error.status, text: error.text)
        }
    }
}
