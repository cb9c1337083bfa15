// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import POSIX
internal import SystemPackage

/// Making connections to others.
extension Connection {
    /// Connects to an address, and waits for that without holding the loop up.
    ///
    /// A Unix socket answers at once: `EAGAIN` where its listener's backlog is full, `ECONNREFUSED` or `ENOENT` where nobody
    /// listens (unix(7)).
    ///
    /// - Parameters:
    ///   - address: The other end.
    ///   - carriesDescriptors: Whether the peer may send descriptors: for Unix sockets of our own processes only.
    ///   - limit: How long it may take, in nanoseconds.
    /// - Returns: The connection.
    /// - Throws: `.system` with the error of connect(2), `.timedOut`, or `.cancelled`.
    package static func connect(
        to address: SocketAddress,
        carriesDescriptors: Bool = false,
        within limit: Int64
    ) async throws(ConnectionError) -> Connection {
        let connection: Connection
        do throws(Errno) {
            let descriptor = try Descriptor.connect(to: address)
            connection = try Connection(descriptor, carriesDescriptors: carriesDescriptors)
        } catch {
            throw .system(error)
        }
        if case .unix = address { return connection }
        do throws(ConnectionError) {
            try await connection.becomeConnected(within: limit)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private func becomeConnected(within limit: Int64) async throws(ConnectionError) {
        watchOutput()
        while isWatchingOutput {
            if let failure { throw failure }
            try await wait(for: .room, limit: limit)
        }
        if let failure { throw failure }
        let result = linux_socket_error(number)
        guard result == 0 else { throw .system(Errno(rawValue: 0 &- result)) }
    }
}
