// SPDX-License-Identifier: Apache-2.0
internal import EventLoop

/// Carries bytes both ways between a client's TLS and its mail process, as fast as the slower side takes them.
@Loop
enum ByteRelay {
    /// How long a client may leave what it was sent unread; the mail process ends idle sessions long before.
    private static let clientPatience = Int64.seconds(45 * 60)

    /// Runs until both directions have ended, or either has failed.
    static func run(_ client: Connection, _ mail: Connection) async {
        client.timeout = clientPatience
        let isOver = Promise<Void>()
        Loop.spawn {
            await carry(from: client, to: mail)
            isOver.fulfil(())
        }
        await carry(from: mail, to: client)
        await isOver.get()
    }

    /// One direction: to its end, which is passed on as the end of that direction only.
    private static func carry(from source: Connection, to target: Connection) async {
        do throws(ConnectionError) {
            while true {
                if source.buffered > 0 {
                    target.post(source.take())
                    try await target.drained()
                }
                guard try await source.fill() else { break }
            }
            try await target.finishWriting()
        } catch {
            // A direction that broke takes the other with it.
            source.abort()
            target.abort()
        }
    }
}
