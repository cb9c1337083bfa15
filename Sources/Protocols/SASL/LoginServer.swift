// SPDX-License-Identifier: Apache-2.0

/// The server side of LOGIN: a prompt for the name, a prompt for the password.
package struct LoginServer: SASLServerMechanism, Equatable {
    private enum State: Equatable {
        case fresh
        case name
        case password(String)
        case finished
    }

    // Clients compare the prompts with these very texts.
    private static let namePrompt = [UInt8]("Username:".utf8)
    private static let passwordPrompt = [UInt8]("Password:".utf8)

    private let limits: SASLLimits
    private var state = State.fresh

    /// Makes a fresh exchange.
    package init(limits: SASLLimits = SASLLimits()) {
        self.limits = limits
    }

    /// Prompts for the name, unless the client sent it as the initial response.
    package mutating func start(initialResponse: [UInt8]?) -> SASLServerStep {
        guard state == .fresh else { return .failure(.outOfOrder) }
        state = .name
        guard let initialResponse, !initialResponse.isEmpty else { return .challenge(Self.namePrompt) }
        return respond(initialResponse)
    }

    /// Takes the name, then the password.
    package mutating func respond(_ response: [UInt8]) -> SASLServerStep {
        let asked = state
        state = .finished
        switch asked {
        case .fresh, .finished:
            return .failure(.outOfOrder)
        case .name:
            guard !response.isEmpty else { return .failure(.malformed) }
            switch SASLIdentity.decode(response[...], limit: limits.identity) {
            case .success(let name):
                state = .password(name)
                return .challenge(Self.passwordPrompt)
            case .failure(let error): return .failure(error.failure)
            }
        case .password(let name):
            guard response.count <= limits.password else { return .failure(.tooLong) }
            guard !response.isEmpty, !response.contains(0) else { return .failure(.malformed) }
            return .credentials(SASLCredentials(authenticationIdentity: name, password: SASLSecret(response)))
        }
    }
}
