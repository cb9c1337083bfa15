// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import POSIX
package import SystemPackage

/// A listening socket in the loop.
@Loop
package final class Listener: Pollable {
    /// Connections taken in one turn at the most.
    private static let batch = 64

    private let descriptor: Descriptor
    private let number: Int32
    private let accepted: @Loop (consuming Descriptor, SocketAddress) -> Void
    /// Called when a connection has to wait because this process (or the system) is out of descriptors or memory.
    package var exhausted: (@Loop (Errno) -> Void)?
    private var isArmed = false
    private var isPaused = true
    private var retry: Timer?

    /// Takes over a listening, non-blocking socket; `accepted` gets each connection once `resume` was called.
    package init(
        _ descriptor: consuming Descriptor,
        accepted: @escaping @Loop (consuming Descriptor, SocketAddress) -> Void
    ) {
        number = descriptor.number
        self.descriptor = descriptor
        self.accepted = accepted
    }

    isolated deinit {
        disarm()
    }

    /// Takes connections from now on.
    package func resume() {
        isPaused = false
        arm()
    }

    /// Takes no more connections; they wait in the kernel's queue, where another process may take them.
    package func pause() {
        isPaused = true
        disarm()
    }

    /// Whether it takes connections.
    package var isActive: Bool { !isPaused }

    /// The address it listens on.
    package func localAddress() throws(Errno) -> SocketAddress { try descriptor.localAddress() }

    private func arm() {
        guard !isArmed, !isPaused else { return }
        // Level-triggered: several processes share it, and one that is paused must not swallow the only edge.
        guard (try? EventLoop.shared.add(number, self, edge: false, events: Int32(linux_in))) != nil else {
            retryLater()
            return
        }
        isArmed = true
    }

    private func disarm() {
        guard isArmed else { return }
        isArmed = false
        EventLoop.shared.remove(number)
    }

    func handle(events: UInt32) {
        for _ in 0..<Self.batch where isArmed {
            var peer = SocketAddress.unix("")
            do throws(Errno) {
                let connection = try descriptor.accept(peer: &peer)
                accepted(connection, peer)
            } catch {
                switch error {
                case .resourceTemporarilyUnavailable: return
                case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory:
                    retryLater()
                    exhausted?(error)
                default: continue  // The peer gave up before it was its turn (accept(2)).
                }
                return
            }
        }
    }

    /// Out of descriptors: a level-triggered listener would spin, so look again in a moment.
    private func retryLater() {
        disarm()
        retry = Loop.after(.milliseconds(100)) { [weak self] in
            self?.retry = nil
            self?.arm()
        }
    }
}
