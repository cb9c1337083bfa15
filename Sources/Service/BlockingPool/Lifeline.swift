// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import POSIX
internal import Synchronization

/// The sockets of one slot, held so that the loop can shut them down under a thread that waits for one of them.
///
/// Each is held by a duplicate: the library may close its own at any time, and the number may mean another by then.
package final class Lifeline: Sendable {
    private struct State {
        /// Duplicates, owned.
        var held: [Int32] = []
        var isCut = false
        /// The attempt under way; another number is another attempt.
        var attempt = 0
    }

    private let state = Mutex(State())

    package init() {}

    deinit {
        let held = state.withLock { $0.held }
        for number in held { _ = Descriptor(owning: number) }
    }

    /// Whether the request that the sockets serve was given up.
    package var isCut: Bool { state.withLock { $0.isCut } }

    /// Holds a socket that this process owns; false where all was cut already, or no descriptor is to be had.
    package func hold(_ number: Int32) -> Bool {
        state.withLock { state in
            guard !state.isCut else { return false }
            let duplicate = fcntl(number, F_DUPFD_CLOEXEC, 3)
            guard duplicate >= 0 else { return false }
            state.held.append(duplicate)
            return true
        }
    }

    /// Lets all sockets go, which are closed or will be.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.attempt &+= 1
            return state.held
        }
        for number in held { _ = Descriptor(owning: number) }
    }

    /// Shuts everything down, for good.
    package func cut() {
        state.withLock { state in
            state.isCut = true
            for number in state.held { _ = shutdown(number, Int32(SHUT_RDWR)) }
        }
    }

    /// Begins an attempt, such as one server of several: after `nanoseconds` its sockets are shut down, unless
    /// `endAttempt` or `release` came first.
    package func beginAttempt(nanoseconds: Int64) {
        let attempt = state.withLock { state in
            state.attempt &+= 1
            return state.attempt
        }
        Loop.spawn {
            Loop.after(nanoseconds) { [weak self] in self?.cutAttempt(attempt) }
        }
    }

    /// The attempt has succeeded: its time limit is void.
    package func endAttempt() {
        state.withLock { $0.attempt &+= 1 }
    }

    private func cutAttempt(_ attempt: Int) {
        state.withLock { state in
            guard state.attempt == attempt else { return }
            for number in state.held { _ = shutdown(number, Int32(SHUT_RDWR)) }
        }
    }
}
