// SPDX-License-Identifier: Apache-2.0

/// The server side of PLAIN (RFC 4616).
package struct PlainServer: SASLServerMechanism, Equatable {
    private enum State: Equatable {
        case fresh
        case waiting
        case finished
    }

    private let limits: SASLLimits
    private var state = State.fresh

    /// Makes a fresh exchange.
    package init(limits: SASLLimits = SASLLimits()) {
        self.limits = limits
    }

    /// Takes the initial response, or asks for it with an empty challenge.
    package mutating func start(initialResponse: [UInt8]?) -> SASLServerStep {
        guard state == .fresh else { return .failure(.outOfOrder) }
        guard let initialResponse else {
            state = .waiting
            return .challenge([])
        }
        state = .finished
        return parse(initialResponse)
    }

    /// Takes the one response.
    package mutating func respond(_ response: [UInt8]) -> SASLServerStep {
        guard state == .waiting else { return .failure(.outOfOrder) }
        state = .finished
        return parse(response)
    }

    // message   = [authzid] UTF8NUL authcid UTF8NUL passwd
    private func parse(_ message: [UInt8]) -> SASLServerStep {
        guard message.count <= limits.response else { return .failure(.tooLong) }
        let parts = message.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return .failure(.malformed) }
        // An empty password must never get as far as a back-end: an LDAP bind with one succeeds as anonymous.
        guard !parts[1].isEmpty, !parts[2].isEmpty else { return .failure(.malformed) }
        guard parts[2].count <= limits.password else { return .failure(.tooLong) }
        let authorization: String
        switch SASLIdentity.decode(parts[0], limit: limits.identity) {
        case .success(let text): authorization = text
        case .failure(let error): return .failure(error.failure)
        }
        switch SASLIdentity.decode(parts[1], limit: limits.identity) {
        case .success(let text):
            return .credentials(
                SASLCredentials(
                    authorizationIdentity: authorization,
                    authenticationIdentity: text,
                    password: SASLSecret([UInt8](parts[2]))
                )
            )
        case .failure(let error): return .failure(error.failure)
        }
    }
}
