// SPDX-License-Identifier: Apache-2.0

/// TLS on the descriptor.
extension Connection {
    /// Whether TLS is on.
    package var isSecure: Bool { session != nil }

    /// The TLS version, cipher and its bits; nil without TLS.
    package var security: (version: String, cipher: String, bits: Int)? {
        guard session != nil else { return nil }
        return (session?.version ?? "", session?.cipher ?? "", session?.cipherBits ?? 0)
    }

    /// Makes the stream a TLS one, with the session that `begin` makes on the descriptor; input that came before is
    /// dropped (it was not protected).
    package func secure(_ begin: (Int32) -> (any TLSSession)?) async throws(ConnectionError) {
        try await drained(everything: true)
        discardInput()
        session = begin(number)
        while true {
            if let failure { throw failure }
            switch session?.handshake() ?? .failed(TLSError("no TLS session")) {
            case .done: return
            case .wantRead:
                isReadable = false
                if isHungUp { throw .unexpectedEnd }
                try await wait(for: .input, limit: timeLimit)
            case .wantWrite:
                watchOutput()
                try await wait(for: .room, limit: timeLimit)
            case .closed: throw .unexpectedEnd
            case .failed(let error):
                failure = .tls(error)
                throw .tls(error)
            }
        }
    }
}
