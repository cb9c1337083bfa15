// SPDX-License-Identifier: Apache-2.0

/// Where a worker is in its life.
enum WorkerState: Equatable {
    /// Setting up: nothing is accepted yet.
    case starting
    /// Accepting.
    case serving
    /// At its client limit: other workers accept until enough sessions have ended.
    case full
    /// Serving what it has for good: other workers accept from now on.
    case busy
    /// Ending: nothing is accepted, sessions go on; `mayLeave` is false while clients are still hearing of it.
    case retiring(mayLeave: Bool)
    /// Every session has ended, and the last answers are being sent.
    case leaving
}
