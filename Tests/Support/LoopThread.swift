// SPDX-License-Identifier: Apache-2.0
import Foundation
import EventLoop

/// The thread of this process that runs the event loop for all tests.
enum LoopThread {
    /// Starts it once; the loop belongs to the thread that touches it first, so nothing else may come before.
    static let running: Bool = {
        // As the daemons' skeleton does: OpenSSL writes to sockets whose peer is gone.
        signal(SIGPIPE, SIG_IGN)
        let ready = DispatchSemaphore(value: 0)
        let thread = Thread {
            _ = EventLoop.shared
            ready.signal()
            EventLoop.shared.run()
        }
        thread.stackSize = 4 << 20
        thread.start()
        ready.wait()
        return true
    }()
}

/// Runs `body` on the event loop and hands on what it returns or throws.
///
/// All tests of a process share the one loop, as the sessions of a daemon do.
package func onLoop<T: Sendable>(_ body: @escaping @Loop @Sendable () async throws -> T) async throws -> T {
    precondition(LoopThread.running)
    return try await withCheckedThrowingContinuation { continuation in
        Loop.spawn {
            do {
                continuation.resume(returning: try await body())
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Runs `body` on the event loop of this process's main thread and returns when it has ended: for exit tests.
package func runLoop(_ body: @escaping @Loop @Sendable () async throws -> Void) {
    _ = EventLoop.shared
    Loop.spawn {
        do {
            try await body()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(70)
        }
        EventLoop.shared.stop()
    }
    EventLoop.shared.run()
}
