// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Glibc
import POSIX

/// Both ends of a socket pair as connections of the loop.
@Loop
func pair(carriesDescriptors: Bool = false) throws -> (Connection, Connection) {
    try Descriptor.withSocketPair { one, other in
        (
            try Connection(one, carriesDescriptors: carriesDescriptors),
            try Connection(other, carriesDescriptors: carriesDescriptors)
        )
    }
}

extension Connection {
    /// Everything up to the end of the stream.
    func readToEnd() async throws -> [UInt8] {
        var bytes = take()
        while try await fill() { bytes += take() }
        return bytes
    }
}

extension Descriptor {
    /// Hands a pair to `body` of which only the first end carries descriptors.
    @Loop
    static func withSocketPairOfConnections(
        _ body: @Loop (Connection, Connection) async throws -> Void
    ) async throws {
        let (one, other) = try Descriptor.withSocketPair { one, other in
            (try Connection(one, carriesDescriptors: true), try Connection(other))
        }
        try await body(one, other)
    }
}

/// The flags of a descriptor (F_GETFD).
func fcntlFlags(_ number: Int32) -> Int32 { fcntl(number, F_GETFD) }

extension Optional where Wrapped: ~Copyable {
    /// Whether there is nothing; == wants copies.
    var isNil: Bool {
        switch self {
        case .none: true
        case .some: false
        }
    }
}
