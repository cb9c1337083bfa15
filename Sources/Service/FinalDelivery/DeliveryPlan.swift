// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import MailAddress
package import MailEnvelope

/// What is to be done with a message for one recipient.
package struct DeliveryPlan: Sendable {
    package let recipient: Recipient
    package let address: EmailAddress
    /// The envelope sender of all copies, in internal form.
    package var sender: String
    /// Where the recipient's own copy goes.
    package var target: DeliveryTarget?
    /// Whether there is an own copy at all: an alias may send everything elsewhere.
    package var keepsCopy = true
    /// Where the message goes as a new one.
    package var forwards: [EmailAddress] = []
    /// Whether the recipient is a mailing list, which has a sender of its own: its members do not answer to the
    /// original sender's requests for reports (RFC 3461 section 5.2.7.3).
    package var isList = false

    package init(recipient: Recipient, address: EmailAddress, sender: String) {
        self.recipient = recipient
        self.address = address
        self.sender = sender
    }
}

/// One step of a final delivery, such as aliases, the look-up of the mailbox, a filter, a quota.
///
/// An agent lists its steps in order. Each may change the plan that those before it have made: send the message
/// elsewhere, choose the mailbox, its folder and flags.
@Loop
package protocol DeliveryStep: Sendable {
    /// Works on the plan for one recipient; an outcome ends the delivery, and nothing is written.
    func apply(to plan: inout DeliveryPlan, _ message: RequestedMessage) async -> Outcome?
}
