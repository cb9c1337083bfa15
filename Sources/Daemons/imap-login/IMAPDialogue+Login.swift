// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import IMAPProtocol
internal import LoginService
internal import SASL
internal import Service

/// LOGIN and AUTHENTICATE (RFC 3501 section 6.2, RFC 4959).
extension IMAPDialogue {
    /// LOGIN is PLAIN underneath.
    func login(_ tag: IMAPTag, _ user: [UInt8], _ password: Secret) async throws(ConnectionError) -> LoginEnd? {
        guard isPasswordTaken(tag) else { return nil }
        let message = Base64.encode([0] + user + [0] + password.bytes)
        return try await conclude(tag, await client.authenticate("PLAIN", SASLSecret(message)))
    }

    func authenticate(
        _ tag: IMAPTag,
        _ mechanism: String,
        _ initial: [UInt8]?
    ) async throws(ConnectionError) -> LoginEnd? {
        let name = mechanism.uppercased()
        guard client.settings.mechanisms.contains(name) else {
            refuse(tag, .no, text: "Unsupported authentication mechanism.")
            return nil
        }
        guard isPasswordTaken(tag) else { return nil }
        return try await conclude(tag, await client.authenticate(name, initial.map { SASLSecret($0) }))
    }

    private func isPasswordTaken(_ tag: IMAPTag) -> Bool {
        if client.arePasswordsTaken { return true }
        client.triedCleartext = true
        refuse(
            tag,
            .no,
            .privacyRequired,
            text: "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."
        )
        return false
    }

    /// Leads an exchange to its end, and the client to its mail process.
    private func conclude(_ tag: IMAPTag, _ first: AuthStep) async throws(ConnectionError) -> LoginEnd? {
        var step = first
        while true {
            switch step {
            case .challenge(let data):
                writer.challenge(data)
                guard let response = try await response(tag) else { return nil }
                step = await client.respond(response)
            case .failure(let failure):
                tell(tag, failure)
                return nil
            case .success(let success):
                send()
                let input = reader.takeUnread() + client.connection.take()
                guard let error = await client.handOver(success, tag: tag.description, input: input) else {
                    return .handedOver
                }
                writer.tagged(tag, .no, .unavailable, text: error)
                send()
                return .failed("the mail process has not taken the session")
            }
        }
    }

    /// The client's next response; nil once it was answered that there is none.
    private func response(_ tag: IMAPTag) async throws(ConnectionError) -> SASLSecret? {
        while true {
            switch reader.nextLine(limit: SASLResponseLine.defaultLimit + 2) {
            case .needMore: guard try await fill() else { throw .unexpectedEnd }
            case .tooLong: throw .tooLong
            case .line(let line):
                switch SASLResponseLine(line[...]) {
                case .response(let response): return response
                case .cancel: refuse(tag, .bad, text: "Authentication aborted by client.")
                case .malformed: refuse(tag, .bad, text: "Invalid base64 data in continued response.")
                case .tooLong: refuse(tag, .bad, text: "Authentication response too long.")
                }
                client.cancelAuthentication()
                return nil
            }
        }
    }

    private func tell(_ tag: IMAPTag, _ failure: AuthFailure) {
        switch failure.code {
        case .temporary: refuse(tag, .no, .unavailable, text: failure.reason ?? "Temporary authentication failure.")
        case .loginDisabled: refuse(tag, .no, text: failure.reason ?? "Login is disabled for this user.")
        case .authorization: refuse(tag, .no, .noPermission, text: failure.reason ?? "Authorization failed.")
        case .userDisabled: refuse(tag, .no, text: failure.reason ?? "Account is disabled.")
        case .passwordExpired: refuse(tag, .no, text: failure.reason ?? "Password expired.")
        case .credentials, .other:
            refuse(tag, .no, .authenticationFailed, text: failure.reason ?? "Authentication failed.")
        }
    }
}
