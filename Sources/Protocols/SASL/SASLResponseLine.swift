// SPDX-License-Identifier: Apache-2.0

/// A line that a client sends while an exchange runs, in the form SMTP, IMAP, POP3 and ManageSieve share (RFC 4954, RFC 5034).
package enum SASLResponseLine: Equatable, Sendable {
    /// `*`: the client gives up.
    case cancel

    /// A response, still base64 for the auth service, proven well-formed and within the limit.
    case response(SASLSecret)

    /// Not base64.
    case malformed

    /// Longer than the limit.
    case tooLong

    /// The longest response in base64 digits that RFC 4954 section 4 makes a server take, and Postfix' default.
    package static let defaultLimit = 12288

    /// Reads a response line without its line end; `limit` counts base64 digits.
    package init(_ line: ArraySlice<UInt8>, limit: Int = SASLResponseLine.defaultLimit) {
        if line.count == 1, line.first == UInt8(ascii: "*") {
            self = .cancel
        } else {
            self.init(checking: line, limit: limit)
        }
    }

    /// Reads the initial response of a command, where `=` stands for an empty one (RFC 4954 section 4).
    package init(initial argument: ArraySlice<UInt8>, limit: Int = SASLResponseLine.defaultLimit) {
        if argument.count == 1, argument.first == UInt8(ascii: "=") {
            self = .response(SASLSecret([]))
        } else {
            self.init(checking: argument, limit: limit)
        }
    }

    private init(checking text: ArraySlice<UInt8>, limit: Int) {
        guard text.count <= limit else {
            self = .tooLong
            return
        }
        do throws(Base64Error) {
            _ = try Base64.decode(text, maximum: limit)
            self = .response(SASLSecret([UInt8](text)))
        } catch {
            self = .malformed
        }
    }
}
