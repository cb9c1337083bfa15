// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From a worker to master: how much it has to do.
///
/// It is sent when the worker starts, fills, empties, leaves or has taken a reload; not for each session.
package struct WorkerStatus: WireMessage, Equatable {
    package static let kind: UInt8 = 40

    /// A worker's state as far as master cares.
    package enum State: Int, Sendable {
        /// Rights dropped, listening: master need not watch the listener any more.
        case ready = 0
        /// At its client limit: another worker is wanted for what comes.
        case full = 1
        /// Leaving: it takes no more connections.
        case leaving = 2
    }

    package var state: State
    /// Sessions (or requests) now.
    package var sessions: Int
    /// Sessions since the start.
    package var total: Int
    /// Whether the worker takes a new configuration in place (`WorkerOrder.reload`).
    package var takesReload: Bool
    /// How many reloads it has taken in place.
    package var reloads: Int

    package init(state: State, sessions: Int, total: Int, takesReload: Bool = false, reloads: Int = 0) {
        self.state = state
        self.sessions = sessions
        self.total = total
        self.takesReload = takesReload
        self.reloads = reloads
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let state = State(rawValue: try fields.number(1)) else { throw .malformed(tag: 1) }
        self.state = state
        sessions = try fields.number(2, in: 0...(1 << 50))
        total = try fields.number(3, in: 0...(1 << 50))
        // Workers of an older release do not send these.
        takesReload = fields.flag(4)
        reloads = try fields.numberIfPresent(5) ?? 0
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, state.rawValue)
        fields.put(2, sessions)
        fields.put(3, total)
        fields.put(4, takesReload)
        fields.put(5, reloads)
    }
}

/// From master to a worker.
package struct WorkerOrder: WireMessage, Equatable {
    package static let kind: UInt8 = 41

    /// What the worker is to do.
    package enum Action: Int, Sendable {
        /// Take no more connections, end the sessions there are, leave (reload).
        case retire = 0
        /// Leave as soon as what is being delivered has ended (stop).
        case stop = 1
        /// Report `sessions` and `total` now (mailctl status).
        case report = 2
        /// Something that was waiting may be due: pickup, qmgr's `wakeup` column.
        case wakeUp = 3
        /// Take the configuration over that comes along as a descriptor, in place. Workers that can say so in their
        /// status; one that cannot use this configuration retires instead.
        case reload = 4
    }

    package var action: Action

    package init(_ action: Action) {
        self.action = action
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let action = Action(rawValue: try fields.number(1)) else { throw .malformed(tag: 1) }
        self.action = action
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, action.rawValue)
    }
}
