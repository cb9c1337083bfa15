// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// A connection to an agent.
final class Agent {
    let number: Int
    /// Deliveries that it carries out at once.
    let capacity: Int
    let transport: Transport
    /// The deliveries that it has.
    var deliveries: Set<Int> = []

    init(_ number: Int, capacity: Int, of transport: Transport) {
        self.number = number
        self.capacity = max(1, capacity)
        self.transport = transport
    }

    var isFree: Bool { deliveries.count < capacity }
}

/// A host, a domain or a mailbox that a transport delivers to.
final class Destination {
    let key: DestinationKey
    let transport: Transport
    var window: ConcurrencyWindow
    /// Messages with deliveries for it that have no room yet, in turn.
    var waiting: Deque<Peer> = []
    /// Deliveries that may begin as soon as the transport has an agent.
    var offered = 0
    /// Deliveries that agents have.
    var inFlight = 0
    var deadUntil = Int64.min
    var deadReason = ""
    /// The count of flushes when it was given up: the next flush forgets that.
    var deadSince = 0

    init(_ key: DestinationKey, _ transport: Transport) {
        self.key = key
        self.transport = transport
        window = ConcurrencyWindow(transport.settings.concurrency)
    }

    var isIdle: Bool { waiting.isEmpty && offered == 0 && inFlight == 0 }
}

/// A delivery service of master.cf, with what its agents have and what waits for them.
final class Transport {
    let name: String
    var settings: TransportSettings
    var agents: [Agent] = []
    /// The number of a connection that is being opened.
    var connecting: Int?
    /// Before that time no further connection is tried.
    var connectAfter = Int64.min
    /// Messages with deliveries that may begin, in turn.
    var turns: Deque<Share> = []
    /// Whether it stands in the engine's line.
    var isInLine = false
    var deadUntil = Int64.min
    var deadReason = ""

    init(_ name: String, _ settings: TransportSettings) {
        self.name = name
        self.settings = settings
    }

    /// The first agent that takes another delivery: so that the others get idle and leave when there is little to do.
    var freeAgent: Agent? {
        let limit = settings.processLimit
        return (limit == 0 ? agents[...] : agents.prefix(limit)).first(where: \.isFree)
    }

    var mayConnect: Bool {
        connecting == nil && (settings.processLimit == 0 || agents.count < settings.processLimit)
    }
}
