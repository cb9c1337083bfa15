// SPDX-License-Identifier: Apache-2.0

import SASL

/// The authentication exchange (RFC 4954 section 4).
extension SMTPServerSession {
    mutating func authenticate(_ command: AuthCommand) -> SMTPServerAction {
        guard offeredMechanisms.contains(where: { ASCII.uppercased($0.utf8) == command.mechanism }) else {
            return respond(.unknownMechanism)
        }
        phase = .awaitingService
        return .authenticate(command)
    }

    mutating func response(_ line: [UInt8]) -> SMTPServerAction {
        switch SASLResponseLine(line[...], limit: configuration.responseLimit) {
        case .response(let response):
            phase = .awaitingService
            return .authenticationResponse(response)
        case .cancel: return cancelAuthentication(.authAborted)
        case .malformed: return cancelAuthentication(.badBase64)
        case .tooLong: return cancelAuthentication(.responseTooLong)
        }
    }

    mutating func cancelAuthentication(_ reply: SMTPReply) -> SMTPServerAction {
        phase = .commands
        let action = respond(reply)
        guard case .close(let replies) = action else { return .cancelAuthentication([reply], closes: false) }
        return .cancelAuthentication(replies, closes: true)
    }

    /// Sends the auth service's challenge, in base64, to the client.
    package mutating func challenge(_ data: [UInt8]) -> SMTPServerAction {
        guard phase == .awaitingService else { return close([.notSynchronized]) }
        phase = .awaitingResponse
        return .reply(SMTPReply(334, nil, String(decoding: data, as: UTF8.self)))
    }

    /// Ends the exchange with success.
    package mutating func authenticated(user: String) -> SMTPServerAction {
        guard phase == .awaitingService else { return close([.notSynchronized]) }
        phase = .commands
        authenticatedUser = user
        return respond(.authenticated)
    }

    /// Ends the exchange without success.
    package mutating func authenticationFailed(_ reply: SMTPReply = .authenticationFailed) -> SMTPServerAction {
        guard phase == .awaitingService else { return close([.notSynchronized]) }
        phase = .commands
        return respond(reply)
    }
}
