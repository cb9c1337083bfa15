// SPDX-License-Identifier: Apache-2.0

package import SASL

/// AUTH: the begin of an authentication exchange (RFC 4954 section 4).
package struct AuthCommand: Equatable, Sendable {
    /// The mechanism's name in upper case.
    package var mechanism: String

    /// The initial response in base64; nil where there was none, empty for `=`.
    package var initialResponse: SASLSecret?

    /// Makes a command.
    package init(mechanism: String, initialResponse: SASLSecret? = nil) {
        self.mechanism = mechanism
        self.initialResponse = initialResponse
    }

    // auth-command = "AUTH" SP sasl-mech [SP initial-response] CRLF
    static func parse(_ arguments: SMTPArguments, limit: Int) -> SMTPParse<AuthCommand> {
        var arguments = arguments
        // RFC 4422: sasl-mech = 1*20mech-char
        guard let mechanism = arguments.word(), mechanism.count <= 20, mechanism.allSatisfy(isMechanismCharacter) else {
            return .failure(.syntax("AUTH mechanism"))
        }
        var command = AuthCommand(mechanism: ASCII.uppercased(mechanism))
        if let word = arguments.word() {
            guard arguments.isAtEnd else { return .failure(.syntax("AUTH mechanism")) }
            switch SASLResponseLine(initial: word, limit: limit) {
            case .response(let response): command.initialResponse = response
            case .tooLong: return .failure(.responseTooLong)
            case .cancel, .malformed: return .failure(.badBase64)
            }
        }
        return .success(command)
    }

    private static func isMechanismCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
