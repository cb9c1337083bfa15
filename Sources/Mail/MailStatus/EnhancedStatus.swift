// SPDX-License-Identifier: Apache-2.0

/// An enhanced mail system status code (RFC 3463): `5.1.1`.
package struct EnhancedStatus: Sendable, Hashable, CustomStringConvertible {
    /// The first number.
    package enum Class: Int, Sendable {
        case success = 2
        case transient = 4
        case permanent = 5
    }

    package let statusClass: Class
    /// What it is about: address, mailbox, system, network, protocol, content, policy.
    ///
    /// 0 to 999.
    package let subject: Int
    /// The precise condition, 0 to 999.
    package let detail: Int

    /// Nil for numbers that RFC 3463 section 2 does not allow.
    package init?(_ statusClass: Class, _ subject: Int, _ detail: Int) {
        guard (0...999).contains(subject), (0...999).contains(detail) else { return nil }
        self.statusClass = statusClass
        self.subject = subject
        self.detail = detail
    }

    /// Makes a constant; numbers that RFC 3463 section 2 does not allow are a mistake of the programmer and trap.
    package init(_ statusClass: Int, _ subject: Int, _ detail: Int) {
        guard let statusClass = Class(rawValue: statusClass), let status = Self(statusClass, subject, detail) else {
            preconditionFailure("no enhanced status: \(statusClass).\(subject).\(detail)")
        }
        self = status
    }

    /// The code that says nothing but the class: `X.0.0`.
    package init(undefined statusClass: Class) {
        self.statusClass = statusClass
        subject = 0
        detail = 0
    }

    // status-code = class "." subject "." detail
    /// Reads a code; nil for anything else.
    package init?(_ text: String) {
        self.init(beginning: Array(text.utf8.prefix(12))[...], isWhole: true)
    }

    /// Reads the code that a reply's text or a diagnostic begins with, followed by a space or nothing.
    package init?(beginning text: String) {
        self.init(beginning: Array(text.utf8.prefix(12))[...], isWhole: false)
    }

    private init?(beginning bytes: ArraySlice<UInt8>, isWhole: Bool) {
        var rest = bytes
        if !isWhole, let end = rest.firstIndex(where: { $0 == 32 || $0 == 9 }) { rest = rest[..<end] }
        guard
            let first = Self.number(&rest, digits: 1), let statusClass = Class(rawValue: first),
            rest.popFirst() == UInt8(ascii: "."), let subject = Self.number(&rest, digits: 3),
            rest.popFirst() == UInt8(ascii: "."), let detail = Self.number(&rest, digits: 3),
            rest.isEmpty
        else { return nil }
        self.init(statusClass, subject, detail)
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>, digits: Int) -> Int? {
        var value = 0
        var count = 0
        while count < digits, let byte = bytes.first, (48...57).contains(byte) {
            // No superfluous zeros in front.
            guard count == 0 || value != 0 else { return nil }
            value = value * 10 + Int(byte - 48)
            bytes = bytes.dropFirst()
            count += 1
        }
        return count > 0 ? value : nil
    }

    package var description: String { "\(statusClass.rawValue).\(subject).\(detail)" }
}
