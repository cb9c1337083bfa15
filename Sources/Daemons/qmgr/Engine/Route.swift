// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope

/// Where a recipient goes, or what becomes of it without an agent.
enum Route: Equatable, Sendable {
    case deliver(transport: String, nextHop: String)
    /// The transports `error`, `retry` and `discard`, and what cannot be looked up now.
    case decided(Outcome)
}

/// The route of one recipient.
struct RoutedRecipient: Equatable, Sendable {
    /// The number of its record in the queue file.
    let index: Int
    let route: Route
}

/// A destination with its own bound on deliveries at once.
struct DestinationKey: Hashable, Sendable {
    let transport: String
    let nextHop: String
    /// Set where the transport delivers to one recipient at a time: the mailbox is the destination, so that a slow one
    /// delays no other.
    let recipient: String?
}
