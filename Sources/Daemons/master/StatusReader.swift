// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols

/// The reports of a worker; a worker is not trusted, so frames are short and values are checked.
@Loop
struct StatusReader {
    /// The longest frame: a report has five numbers, the greeting a name and a number.
    static let frameLimit = 256

    let frames: FrameConnection

    /// The next report; nil when the worker has closed its end or sends something else than reports.
    func next() async -> WorkerStatus? {
        while let frame = try? await frames.receive() {
            if frame.kind == WireProtocol.kind {
                // The greeting; its version counts, for after an upgrade a worker of the old release may still run.
                guard let greeting = try? frame.decode(WireProtocol.self), InternalProtocol.status.understands(greeting)
                else { return nil }
                continue
            }
            guard let status = try? frame.decode(WorkerStatus.self), status.sessions >= 0,
                status.total >= status.sessions, status.reloads >= 0
            else { return nil }
            return status
        }
        return nil
    }
}
