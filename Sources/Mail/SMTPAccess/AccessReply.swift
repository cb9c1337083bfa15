// SPDX-License-Identifier: Apache-2.0
package import MailStatus

/// The reply that refuses something: code, enhanced status, text.
package struct AccessReply: Error, Equatable, Sendable {
    /// A 4xx or a 5xx.
    package let code: Int
    package let status: EnhancedStatus
    package let text: String

    /// Makes a reply; the class of the status follows the code.
    package init(_ code: Int, _ status: EnhancedStatus, _ text: String) {
        self.code = code
        self.status = EnhancedStatus(Self.statusClass(of: code), status.subject, status.detail) ?? status
        self.text = text
    }

    /// Makes a reply of the status `X.subject.detail`, X being the first digit of the code.
    package init(_ code: Int, _ subject: Int, _ detail: Int, _ text: String) {
        self.init(code, EnhancedStatus(5, subject, detail), text)
    }

    /// Whether it is a 5xx.
    package var isPermanent: Bool { code >= 500 }

    private static func statusClass(of code: Int) -> EnhancedStatus.Class { code < 500 ? .transient : .permanent }
}

extension AccessReply: CustomStringConvertible {
    /// The reply as logs show it: `554 5.7.1 <x@example.org>: Relay access denied`.
    package var description: String { "\(code) \(status) \(text)" }
}
