// SPDX-License-Identifier: Apache-2.0

/// Parameters of qmgr: routes, concurrency, times.
package enum QueueManagerParameters {
    package static let minimalBackoffTime = Parameter(
        "minimal_backoff_time",
        .time(.seconds, 1...Int.max),
        default: "300s",
        "The shortest time between attempts."
    )
    package static let maximalBackoffTime = Parameter(
        "maximal_backoff_time",
        .time(.seconds, 1...Int.max),
        default: "4000s",
        "The longest time between attempts."
    )
    package static let maximalQueueLifetime = Parameter(
        "maximal_queue_lifetime",
        .time(.days),
        default: "5d",
        "How long delivery is tried before the message is returned."
    )
    package static let bounceQueueLifetime = Parameter(
        "bounce_queue_lifetime",
        .time(.days),
        default: "5d",
        "The same for reports."
    )
    package static let queueRunDelay = Parameter(
        "queue_run_delay",
        .time(.seconds, 1...Int.max),
        default: "300s",
        "How often the deferred queue is looked at."
    )
    package static let delayWarningTime = Parameter(
        "delay_warning_time",
        .time(.hours),
        default: "0h",
        "After what time the sender is told of a delay; 0 means never."
    )
    package static let confirmDelayCleared = Parameter(
        "confirm_delay_cleared",
        .boolean,
        default: "no",
        "Whether the sender is told when delayed mail was delivered after all."
    )
    package static let defaultDestinationConcurrencyLimit = Parameter(
        "default_destination_concurrency_limit",
        .integer(),
        default: "20",
        "The most parallel deliveries to one destination; 0 means no limit."
    )
    package static let initialDestinationConcurrency = Parameter(
        "initial_destination_concurrency",
        .integer(1...),
        default: "5",
        "The parallel deliveries to a destination not known yet."
    )
    package static let defaultDestinationRecipientLimit = Parameter(
        "default_destination_recipient_limit",
        .integer(),
        default: "50",
        "The most recipients of one delivery; 0 means no limit."
    )
    package static let defaultDestinationConcurrencyFailedCohortLimit = Parameter(
        "default_destination_concurrency_failed_cohort_limit",
        .integer(),
        default: "1",
        "After how many failed rounds of deliveries a destination counts as dead."
    )
    package static let defaultDestinationConcurrencyPositiveFeedback = Parameter(
        "default_destination_concurrency_positive_feedback",
        .nonEmptyString,
        default: "1",
        "How much a good delivery raises the concurrency: a number, or number/concurrency."
    )
    package static let defaultDestinationConcurrencyNegativeFeedback = Parameter(
        "default_destination_concurrency_negative_feedback",
        .nonEmptyString,
        default: "1",
        "How much a failed delivery lowers the concurrency."
    )
    package static let defaultDestinationRateDelay = Parameter(
        "default_destination_rate_delay",
        .time(),
        default: "0s",
        "The pause between deliveries to one destination."
    )
    package static let defaultTransportRateDelay = Parameter(
        "default_transport_rate_delay",
        .time(),
        default: "0s",
        "The pause between deliveries of one transport."
    )
    package static let defaultRecipientLimit = Parameter(
        "default_recipient_limit",
        .integer(1...),
        default: "20000",
        "The most recipients of a transport in memory."
    )
    package static let localDestinationConcurrencyLimit = Parameter(
        "local_destination_concurrency_limit",
        .integer(),
        default: "2",
        "The most parallel deliveries to one local user."
    )
    package static let localDestinationRecipientLimit = Parameter(
        "local_destination_recipient_limit",
        .integer(),
        default: "1",
        "The most recipients of one local delivery."
    )
    package static let qmgrMessageActiveLimit = Parameter(
        "qmgr_message_active_limit",
        .integer(1...),
        default: "20000",
        "The most messages in the active queue."
    )
    package static let qmgrMessageRecipientLimit = Parameter(
        "qmgr_message_recipient_limit",
        .integer(1...),
        default: "20000",
        "The most recipients in memory."
    )
    package static let relocatedMaps = Parameter(
        "relocated_maps",
        .tables,
        default: "",
        "The tables of users and domains that have moved, with their new location."
    )
    package static let transportMaps = Parameter(
        "transport_maps",
        .tables,
        default: "",
        "The tables that name transport and next hop of a domain or an address."
    )
    package static let transportRetryTime = Parameter(
        "transport_retry_time",
        .time(.seconds, 1...Int.max),
        default: "60s",
        "How long a transport that failed is left alone."
    )
    package static let defaultTransport = Parameter(
        "default_transport",
        .nonEmptyString,
        default: "smtp",
        "The transport of all other domains."
    )
    package static let localTransport = Parameter(
        "local_transport",
        .nonEmptyString,
        default: "local:$myhostname",
        "The transport of mydestination."
    )
    package static let virtualTransport = Parameter(
        "virtual_transport",
        .nonEmptyString,
        default: "virtual",
        "The transport of virtual_mailbox_domains."
    )
    package static let relayhost = Parameter(
        "relayhost",
        .list,
        default: "",
        "The next hop of all other domains: host, [host], host:port."
    )
    package static let senderDependentRelayhostMaps = Parameter(
        "sender_dependent_relayhost_maps",
        .tables,
        default: "",
        "The next hop by sender."
    )
    package static let senderDependentDefaultTransportMaps = Parameter(
        "sender_dependent_default_transport_maps",
        .tables,
        default: "",
        "The default transport by sender."
    )
    package static let contentFilter = Parameter(
        "content_filter",
        .string,
        default: "",
        "The transport and next hop of a content filter."
    )
    package static let deferTransports = Parameter(
        "defer_transports",
        .list,
        default: "",
        "The transports that are not used until the queue is flushed."
    )
    package static let hashQueueDepth = Parameter(
        "hash_queue_depth",
        .integer(1...16),
        default: "1",
        "How many levels of folders a queue has."
    )
    package static let hashQueueNames = Parameter(
        "hash_queue_names",
        .list,
        default: "deferred",
        "The queues with levels of folders."
    )
    package static let qmgrClogWarnTime = Parameter(
        "qmgr_clog_warn_time",
        .time(),
        default: "300s",
        "How often a destination that clogs the active queue is logged."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        minimalBackoffTime, maximalBackoffTime, maximalQueueLifetime, bounceQueueLifetime, queueRunDelay,
        delayWarningTime, confirmDelayCleared, defaultDestinationConcurrencyLimit, initialDestinationConcurrency,
        defaultDestinationRecipientLimit, defaultDestinationConcurrencyFailedCohortLimit,
        defaultDestinationConcurrencyPositiveFeedback, defaultDestinationConcurrencyNegativeFeedback,
        defaultDestinationRateDelay, defaultTransportRateDelay, defaultRecipientLimit,
        localDestinationConcurrencyLimit, localDestinationRecipientLimit, qmgrMessageActiveLimit,
        qmgrMessageRecipientLimit, relocatedMaps, transportMaps, transportRetryTime, defaultTransport, localTransport,
        virtualTransport, relayhost, senderDependentRelayhostMaps, senderDependentDefaultTransportMaps,
        contentFilter, deferTransports, hashQueueDepth, hashQueueNames, qmgrClogWarnTime,
    ]
}
