// SPDX-License-Identifier: Apache-2.0

/// HELO and EHLO: the client says its name (RFC 5321 section 4.1.1.1).
package struct HeloCommand: Equatable, Sendable {
    /// The name or address literal as it came; whether it is true, or even well-formed, is policy.
    package var name: String

    /// Whether it was EHLO.
    package var isExtended: Bool

    /// Makes a command.
    package init(name: String, isExtended: Bool) {
        self.name = name
        self.isExtended = isExtended
    }

    // ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
    static func parse(_ arguments: SMTPArguments, isExtended: Bool) -> SMTPParse<HeloCommand> {
        guard !arguments.isAtEnd, arguments.rest.count <= 512 else {
            return .failure(SMTPReply(501, nil, "Syntax: \(isExtended ? "EHLO" : "HELO") hostname"))
        }
        return .success(HeloCommand(name: arguments.restText, isExtended: isExtended))
    }
}
