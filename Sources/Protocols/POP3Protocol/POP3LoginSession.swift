// SPDX-License-Identifier: Apache-2.0

package import SASL

/// What pop3-login does next; each but `close` is answered by a call on the session.
package enum POP3LoginAction: Equatable, Sendable {
    /// Send this, read a line with `lineLimit`, call `receive`.
    case send([UInt8])

    /// Send this and close the connection.
    case close([UInt8])

    /// Send this, drop all input that has arrived, make TLS, call `tlsStarted`, read a line; where TLS fails, close.
    case startTLS([UInt8])

    /// Ask the auth service, then call `challenge` or `authenticationFailed`, or hand the connection over.
    ///
    /// USER and PASS come as PLAIN. The initial response is in base64.
    case authenticate(mechanism: String, initialResponse: SASLSecret?)

    /// Give the auth service this response (base64), then as for `authenticate`.
    case authenticationResponse(SASLSecret)

    /// The client has given the exchange up, or broken it: tell the auth service, then do as for `send`.
    case cancelAuthentication([UInt8])
}

/// The AUTHORIZATION state (RFC 1939 section 4) as a machine without input and output.
package struct POP3LoginSession: Equatable, Sendable {
    /// What the engine must know; the setting of dovecot.conf stands behind each.
    package struct Configuration: Equatable, Sendable {
        /// `login_greeting`.
        package var greeting = "relais ready."
        /// `auth_mechanisms`.
        package var mechanisms = ["PLAIN", "LOGIN"]
        /// Whether STLS is there (`ssl = yes` or `required`).
        package var offersTLS = false
        /// `disable_plaintext_auth`: no password without TLS.
        package var isTLSRequiredForPasswords = true
        /// Most bad commands, and most failed log-ins, of one connection.
        package var errorLimit = 10

        /// Makes a configuration with the usual defaults.
        package init() {}
    }

    private enum Phase: Equatable {
        case commands
        case startingTLS
        case awaitingService
        case awaitingResponse
        case closed
    }

    private let configuration: Configuration
    private var phase = Phase.commands
    private var user: String?
    private var errors = 0

    /// Whether passwords are safe on the connection: TLS, or a peer that is trusted.
    package private(set) var isSecure: Bool
    /// Whether TLS is on.
    package private(set) var isTLS: Bool

    /// Makes a session; `isSecure` is true for TLS and for trusted networks.
    package init(_ configuration: Configuration = Configuration(), isTLS: Bool = false, isSecure: Bool = false) {
        self.configuration = configuration
        self.isTLS = isTLS
        self.isSecure = isTLS || isSecure
    }

    /// The greeting line.
    package var greeting: [UInt8] { POP3Reply.ok(configuration.greeting).bytes }

    /// Most octets of the next line without its end.
    package var lineLimit: Int { SASLResponseLine.defaultLimit + 64 }

    /// What CAPA tells at this moment.
    package var capabilities: POP3Capabilities {
        POP3Capabilities(
            hasStartTLS: configuration.offersTLS && !isTLS,
            hasUser: arePasswordsTaken,
            mechanisms: arePasswordsTaken ? configuration.mechanisms : []
        )
    }

    private var arePasswordsTaken: Bool { isSecure || !configuration.isTLSRequiredForPasswords }

    /// Takes a line; `isInputPending` says whether more bytes have already arrived behind it.
    package mutating func receive(_ line: ArraySlice<UInt8>, isInputPending: Bool = false) -> POP3LoginAction {
        switch phase {
        case .awaitingResponse: return response(line)
        case .commands: break
        case .startingTLS, .awaitingService, .closed: return close(.error("Unexpected input."))
        }
        switch POP3CommandParser.parse(line) {
        case .refused(let reply): return refuse(reply)
        case .command(let command): return perform(command, isInputPending)
        }
    }

    /// Sends the auth service's challenge, in base64, to the client.
    package mutating func challenge(_ data: [UInt8]) -> POP3LoginAction {
        guard phase == .awaitingService else { return close(.error("Internal error.")) }
        phase = .awaitingResponse
        return .send([UInt8]("+ ".utf8) + data + [0x0D, 0x0A])
    }

    /// Ends the exchange without success.
    package mutating func authenticationFailed(
        _ reply: POP3Reply = .error(.authentication, "Authentication failed.")
    ) -> POP3LoginAction {
        guard phase == .awaitingService else { return close(.error("Internal error.")) }
        phase = .commands
        return refuse(reply)
    }

    /// Goes on after the handshake: all that the client said before counts no more (RFC 2595 section 4).
    package mutating func tlsStarted() {
        isTLS = true
        isSecure = true
        user = nil
        phase = .commands
    }

    private mutating func perform(_ command: POP3Command, _ isInputPending: Bool) -> POP3LoginAction {
        switch command {
        case .user(let name):
            guard arePasswordsTaken else { return refuse(Self.needsTLS) }
            user = name
            return .send(POP3Reply.ok().bytes)
        case .pass(let password):
            guard let name = user else { return refuse(.error("No username given.")) }
            user = nil
            var client = PlainClient(SASLCredentials(authenticationIdentity: name, password: password))
            phase = .awaitingService
            return .authenticate(
                mechanism: "PLAIN",
                initialResponse: client.initialResponse().map { SASLSecret(Base64.encode($0.bytes)) }
            )
        case .auth(let mechanism, let initialResponse):
            guard arePasswordsTaken else { return refuse(Self.needsTLS) }
            guard configuration.mechanisms.contains(where: { $0.uppercased() == mechanism }) else {
                return refuse(.error("Unsupported authentication mechanism."))
            }
            phase = .awaitingService
            return .authenticate(mechanism: mechanism, initialResponse: initialResponse)
        case .authList:
            let lines = ["+OK"] + capabilities.mechanisms + ["."]
            return .send([UInt8]((lines.joined(separator: "\r\n") + "\r\n").utf8))
        case .startTLS:
            guard !isTLS else { return refuse(.error("TLS is already active.")) }
            guard configuration.offersTLS else { return refuse(.error("TLS support isn't enabled.")) }
            // What comes in the clear behind STLS would be taken for what came through TLS.
            guard !isInputPending else { return close(.error("Input after STLS.")) }
            phase = .startingTLS
            return .startTLS(POP3Reply.ok("Begin TLS negotiation now.").bytes)
        case .capabilities: return .send(capabilities.bytes)
        case .quit: return close(.ok("Logging out"))
        case .apop: return refuse(.error("APOP not enabled."))
        case .noop: return .send(POP3Reply.ok().bytes)
        case .stat, .list, .retrieve, .delete, .top, .uniqueIDs, .last, .reset:
            return refuse(.error("Log in first."))
        }
    }

    private mutating func response(_ line: ArraySlice<UInt8>) -> POP3LoginAction {
        phase = .commands
        switch SASLResponseLine(line) {
        case .response(let response):
            phase = .awaitingService
            return .authenticationResponse(response)
        case .cancel: return abandon("Authentication aborted by client.")
        case .malformed: return abandon("Invalid base64 data in response.")
        case .tooLong: return abandon("Authentication response too long.")
        }
    }

    private mutating func abandon(_ text: String) -> POP3LoginAction {
        // Counted here, the limit acts on the next bad command: the auth service has to be told first.
        errors &+= 1
        return .cancelAuthentication(POP3Reply.error(text).bytes)
    }

    private mutating func refuse(_ reply: POP3Reply) -> POP3LoginAction {
        errors &+= 1
        guard errors < configuration.errorLimit else {
            return close(reply.bytes + POP3Reply.error("Too many errors.").bytes)
        }
        return .send(reply.bytes)
    }

    private mutating func close(_ reply: POP3Reply) -> POP3LoginAction {
        close(reply.bytes)
    }

    private mutating func close(_ bytes: [UInt8]) -> POP3LoginAction {
        phase = .closed
        return .close(bytes)
    }

    private static let needsTLS = POP3Reply.error(
        .authentication,
        "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."
    )
}

extension POP3Reply {
    /// The auth service is not there, or says that something is broken.
    package static let authenticationUnavailable = POP3Reply.error(.temporary, "Temporary authentication failure.")

    /// The session has lasted too long without a command.
    package static let inactive = POP3Reply.error("Disconnected for inactivity.")
}
