// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Service

/// Tells qmgr of new messages, in order, on one kept connection; nobody waits for it.
///
/// A notice that gets lost costs time, not mail: qmgr finds the file when it scans.
@Loop
final class QueueManagerNotice {
    private let path: String
    private var frames: FrameConnection?
    private var waiting: [QueuedMessage] = []
    private var isConnecting = false

    init(path: String) {
        self.path = path
    }

    func tell(_ message: QueuedMessage) {
        if let frames, !frames.connection.isBroken {
            frames.send(message)
            return
        }
        // Beyond that qmgr is gone for good, and its scan will have to do.
        if waiting.count < 10_000 { waiting.append(message) }
        guard !isConnecting else { return }
        isConnecting = true
        Loop.spawn { await self.connect() }
    }

    private func connect() async {
        frames?.connection.close()
        frames = nil
        for attempt in 1...50 {
            if let new = try? await FrameConnection.connect(path: path, as: InternalProtocol.queueManager) {
                frames = new
                for message in waiting { new.send(message) }
                break
            }
            await Loop.sleep(nanoseconds: .milliseconds(20 * attempt))
        }
        waiting = []
        isConnecting = false
    }
}
