// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import IPC

/// Connections to one of our own services, kept between uses: a new one costs more than a message.
@Loop
package final class KeptConnections {
    /// Idle connections that are kept at the most.
    private static let limit = 64

    private let path: String
    private let wireProtocol: WireProtocol
    private var idle: [FrameConnection] = []

    /// Connections to the socket at `path`, made when first needed.
    package init(path: String, as wireProtocol: WireProtocol) {
        self.path = path
        self.wireProtocol = wireProtocol
    }

    /// A connection for one conversation: an idle one that is still good, or a new one.
    ///
    /// A service whose backlog is full for the moment is asked again for up to ten seconds.
    package func take() async throws(IPCError) -> FrameConnection {
        while let frames = idle.popLast() {
            if !frames.isSpent { return frames }
            frames.connection.close()
        }
        var attempts = 0
        while true {
            do throws(IPCError) {
                return try await FrameConnection.connect(path: path, as: wireProtocol)
            } catch {
                attempts += 1
                switch error {
                case .busy where attempts < 100: break
                // Between two instances nobody listens for a moment.
                case .unreachable where attempts < 5: break
                default: throw error
                }
                await Loop.sleep(nanoseconds: .milliseconds(100))
            }
        }
    }

    /// Takes a connection back after a conversation that ended well; others are closed by their user.
    package func giveBack(_ frames: FrameConnection) {
        if idle.count < Self.limit && !frames.isSpent {
            idle.append(frames)
        } else {
            frames.connection.close()
        }
    }
}
