// SPDX-License-Identifier: Apache-2.0
internal import MailQueue

/// What an agent reports of one recipient.
struct DeliveryOutcome: Equatable, Sendable {
    /// What became of the recipient.
    enum Result: Sendable {
        /// Delivered, durably.
        case delivered
        /// Replaced by a message of our own that is on disk: an alias, a `.forward`.
        case expanded
        /// Not now; to be tried again.
        case deferred
        /// Never; the sender is to be told.
        case failed
    }

    /// What a failure is a property of, and so who else would meet it.
    enum Scope: Int, Comparable, Sendable {
        case recipient
        /// The destination: it could not be reached, or refuses everything now.
        case host
        /// The agent: it cannot deliver anything now.
        case transport

        static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    /// Who answered.
    enum Peer: Equatable, Sendable {
        /// One of our own agents, by its service's name.
        case local(String)
        case remote(host: String, address: String)
    }

    var result: Result
    /// RFC 3463 status, such as `5.1.1`.
    var status: String
    var text: String
    var scope = Scope.recipient
    var peer: Peer

    /// The outcome as it is kept in the queue file.
    var reason: DeliveryReason {
        switch peer {
        case .local:
            DeliveryReason(status: status, text: text, diagnosticType: "x-unix")
        case .remote(let host, let address):
            DeliveryReason(status: status, text: text, remoteMTA: "\(host)[\(address)]", diagnosticType: "smtp")
        }
    }
}

/// Where a recipient goes, or what becomes of it without an agent.
enum Route: Equatable, Sendable {
    case deliver(transport: String, nextHop: String)
    case reject(DeliveryReason)
    case retry(DeliveryReason)
    case discard(DeliveryReason)
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
