// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailConfiguration

extension QueueSettings {
    /// Reads main.cf, and from master.cf what the transports may use.
    init(_ main: MainConfiguration, services: MasterConfiguration) {
        self.init(
            minimalBackoff: main[QueueManagerParameters.minimalBackoffTime].nanoseconds,
            maximalBackoff: main[QueueManagerParameters.maximalBackoffTime].nanoseconds,
            lifetime: main[QueueManagerParameters.maximalQueueLifetime].nanoseconds,
            bounceLifetime: main[QueueManagerParameters.bounceQueueLifetime].nanoseconds,
            runDelay: main[QueueManagerParameters.queueRunDelay].nanoseconds,
            delayWarning: main[QueueManagerParameters.delayWarningTime].nanoseconds,
            transportRetry: main[QueueManagerParameters.transportRetryTime].nanoseconds,
            activeLimit: main[QueueManagerParameters.qmgrMessageActiveLimit]
        )
        let fallback = main[GeneralParameters.defaultProcessLimit]
        for entry in services.entries where entry.kind == .unix {
            transports[entry.name] = TransportSettings(main, of: entry.name, processes: entry.processLimit ?? fallback)
        }
        otherTransports = TransportSettings(main, of: "", processes: fallback)
    }
}

extension TransportSettings {
    init(_ main: MainConfiguration, of name: String, processes: Int) {
        let positive = main[TransportParameters.destinationConcurrencyPositiveFeedback, of: name]
        let negative = main[TransportParameters.destinationConcurrencyNegativeFeedback, of: name]
        self.init(
            processLimit: processes,
            recipientLimit: main[TransportParameters.destinationRecipientLimit, of: name],
            concurrency: ConcurrencyRules(
                initial: main[TransportParameters.initialDestinationConcurrency, of: name],
                limit: main[TransportParameters.destinationConcurrencyLimit, of: name],
                positive: ConcurrencyFeedback(positive) ?? ConcurrencyFeedback(amount: 1),
                negative: ConcurrencyFeedback(negative) ?? ConcurrencyFeedback(amount: 1),
                failedCohortLimit: main[TransportParameters.destinationConcurrencyFailedCohortLimit, of: name]
            )
        )
    }
}
