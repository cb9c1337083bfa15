// SPDX-License-Identifier: Apache-2.0

/// A parameter that each transport of master.cf has: `<transport>_destination_concurrency_limit`.
package struct TransportParameter<Value: Sendable>: Sendable {
    /// What follows the transport's name.
    package let suffix: String
    /// The parameter that holds where the transport's own is not set.
    package let fallback: Parameter<Value>

    /// The parameter's name for a transport.
    package func name(for transport: String) -> String { "\(transport)_\(suffix)" }
}

/// The parameters that each transport of master.cf has.
package enum TransportParameters {
    /// The most parallel deliveries to one destination.
    package static let destinationConcurrencyLimit = TransportParameter(
        suffix: "destination_concurrency_limit",
        fallback: QueueManagerParameters.defaultDestinationConcurrencyLimit
    )
    /// The parallel deliveries to a destination not known yet.
    package static let initialDestinationConcurrency = TransportParameter(
        suffix: "initial_destination_concurrency",
        fallback: QueueManagerParameters.initialDestinationConcurrency
    )
    /// The most recipients of one delivery.
    package static let destinationRecipientLimit = TransportParameter(
        suffix: "destination_recipient_limit",
        fallback: QueueManagerParameters.defaultDestinationRecipientLimit
    )
    /// After how many failed rounds a destination counts as dead.
    package static let destinationConcurrencyFailedCohortLimit = TransportParameter(
        suffix: "destination_concurrency_failed_cohort_limit",
        fallback: QueueManagerParameters.defaultDestinationConcurrencyFailedCohortLimit
    )
    /// How much a good delivery raises the concurrency.
    package static let destinationConcurrencyPositiveFeedback = TransportParameter(
        suffix: "destination_concurrency_positive_feedback",
        fallback: QueueManagerParameters.defaultDestinationConcurrencyPositiveFeedback
    )
    /// How much a failed delivery lowers the concurrency.
    package static let destinationConcurrencyNegativeFeedback = TransportParameter(
        suffix: "destination_concurrency_negative_feedback",
        fallback: QueueManagerParameters.defaultDestinationConcurrencyNegativeFeedback
    )
    /// The pause between deliveries to one destination.
    package static let destinationRateDelay = TransportParameter(
        suffix: "destination_rate_delay",
        fallback: QueueManagerParameters.defaultDestinationRateDelay
    )
    /// The pause between deliveries of one transport.
    package static let transportRateDelay = TransportParameter(
        suffix: "transport_rate_delay",
        fallback: QueueManagerParameters.defaultTransportRateDelay
    )
    /// The most recipients of a transport in memory.
    package static let recipientLimit = TransportParameter(
        suffix: "recipient_limit",
        fallback: QueueManagerParameters.defaultRecipientLimit
    )
    /// How long a command of a pipe transport may run.
    package static let timeLimit = TransportParameter(
        suffix: "time_limit",
        fallback: LocalDeliveryParameters.commandTimeLimit
    )

    /// The suffixes that relais acts on, each with the row that checks the value.
    package static let rows: [String: any AnyParameter] = [
        destinationConcurrencyLimit.suffix: destinationConcurrencyLimit.fallback,
        initialDestinationConcurrency.suffix: initialDestinationConcurrency.fallback,
        destinationRecipientLimit.suffix: destinationRecipientLimit.fallback,
        destinationConcurrencyFailedCohortLimit.suffix: destinationConcurrencyFailedCohortLimit.fallback,
        destinationConcurrencyPositiveFeedback.suffix: destinationConcurrencyPositiveFeedback.fallback,
        destinationConcurrencyNegativeFeedback.suffix: destinationConcurrencyNegativeFeedback.fallback,
        destinationRateDelay.suffix: destinationRateDelay.fallback,
        transportRateDelay.suffix: transportRateDelay.fallback,
        recipientLimit.suffix: recipientLimit.fallback,
        timeLimit.suffix: timeLimit.fallback,
    ]

    /// The suffixes that Postfix knows and relais does not act on.
    package static let inert: Set<String> = [
        "delivery_slot_cost", "delivery_slot_discount", "delivery_slot_loan", "extra_recipient_limit",
        "minimum_delivery_slots", "recipient_refill_delay", "recipient_refill_limit",
    ]

    /// Splits `<transport>_<suffix>`; nil where the name ends in none of the suffixes.
    package static func split(_ name: String) -> (transport: String, suffix: String)? {
        var best: (transport: String, suffix: String)?
        for suffix in Array(rows.keys) + Array(inert) where name.hasSuffix("_\(suffix)") {
            let transport = String(name.dropLast(suffix.count + 1))
            guard !transport.isEmpty, suffix.count > best?.suffix.count ?? 0 else { continue }
            best = (transport, suffix)
        }
        return best
    }
}
