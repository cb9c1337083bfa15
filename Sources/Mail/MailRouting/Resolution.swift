// SPDX-License-Identifier: Apache-2.0
package import MailAddress

/// Where a recipient goes.
package struct Resolution: Equatable, Sendable {
    /// What is to be done with mail for the recipient.
    package enum Action: Equatable, Sendable {
        /// Deliver by the transport of master.cf to the next hop.
        case deliver(transport: String, nextHop: String)
        /// Refuse for good: the text, which may begin with an enhanced status code (transport `error`).
        case reject(String)
        /// Refuse for now (transport `retry`).
        case retry(String)
        /// Take and forget (transport `discard`).
        case discard(String)
    }

    /// The address that the transport delivers to.
    package let recipient: EmailAddress
    /// The class of its domain.
    package let domainClass: DomainClass
    /// The transport's name.
    package let transport: String
    /// The transport's destination; for `error`, `retry` and `discard` a text.
    package let nextHop: String
    /// Whether the local part holds a route (`@`, `%`, `!`) that a next host could follow, or held one
    /// that was followed here (`allow_percent_hack`).
    ///
    /// Only a trusted client may send such an address to another host: it would relay what was refused here.
    package let hasSenderRoute: Bool

    /// The transport as an action.
    package var action: Action {
        switch transport {
        case "error": .reject(nextHop)
        case "retry": .retry(nextHop)
        case "discard": .discard(nextHop)
        default: .deliver(transport: transport, nextHop: nextHop)
        }
    }
}
