// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import POSIX

/// How many sessions the descriptors of this process are enough for.
package enum SessionBounds {
    /// Descriptors that sessions do not get: those of files and of conversations with our own daemons.
    private static let spare = 256

    /// How many of `wanted` sessions the limit of descriptors allows, where each takes so many.
    package static func affordable(_ wanted: Int, descriptorsEach: Int) -> Int {
        max(1, min(wanted, (Resources.descriptorLimit - spare) / max(1, descriptorsEach)))
    }

    /// Whether a descriptor that has just come is one of the last that there are: then no session should begin.
    package static func isAmongTheLast(_ number: Int32) -> Bool {
        // The kernel gives the lowest number that is free.
        Int(number) >= Resources.descriptorLimit - spare
    }
}

/// Gives the memory of a crowd that has gone back to the system, at each halving and once a second at the most: the
/// allocator keeps what lies below anything that is still in use.
@Loop
final class CrowdMemory {
    /// Sessions from which on their end is worth it.
    private static let crowd = 32

    private var sessions = 0
    /// The most sessions since memory was last given back.
    private var most = 0
    private var isDue = false

    /// Counts the sessions that there are now.
    func note(sessions: Int) {
        self.sessions = sessions
        most = max(most, sessions)
        guard most >= Self.crowd, sessions <= most / 2, !isDue else { return }
        isDue = true
        Loop.after(.seconds(1)) { [weak self] in
            guard let self else { return }
            self.isDue = false
            self.most = self.sessions
            Resources.returnMemory()
        }
    }
}
