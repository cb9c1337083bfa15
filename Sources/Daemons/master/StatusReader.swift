// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols

/// What a worker says on its status socket; a worker is not trusted, so frames are short and values are checked.
@Loop
struct StatusReader {
    /// A report has three numbers, the greeting a name and a number.
    private static let frameLimit = 256

    let connection: Connection

    /// The next report; nil when the worker has closed its end or says something else than reports.
    func next() async -> WorkerStatus? {
        while let frame = await frame() {
            guard frame.kind == WorkerStatus.kind else {
                // The greeting; its version counts, for after an upgrade an old worker may still speak.
                guard frame.kind == WireProtocol.kind,
                    let greeting = try? WireProtocol(from: FieldReader(frame.fields)),
                    InternalProtocol.status.understands(greeting)
                else { return nil }
                continue
            }
            guard let status = try? WorkerStatus(from: FieldReader(frame.fields)), status.sessions >= 0,
                status.total >= status.sessions
            else { return nil }
            return status
        }
        return nil
    }

    private func frame() async -> (kind: UInt8, fields: [UInt8])? {
        guard let head = try? await connection.read(exactly: 4) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard (2...Self.frameLimit).contains(length), let body = try? await connection.read(exactly: length) else {
            return nil
        }
        return (body[0], Array(body.dropFirst(2)))
    }
}
