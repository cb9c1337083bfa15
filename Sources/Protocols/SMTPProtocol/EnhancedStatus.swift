// SPDX-License-Identifier: Apache-2.0

/// An enhanced status code of RFC 3463: class, subject, detail.
package struct EnhancedStatus: Hashable, Sendable {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    package var category: UInt16

    /// What it is about: address, mailbox, system, network, protocol, content, policy.
    package var subject: UInt16

    /// The precise condition.
    package var detail: UInt16

    /// Makes a code.
    package init(_ category: UInt16, _ subject: UInt16, _ detail: UInt16) {
        self.category = category
        self.subject = subject
        self.detail = detail
    }

    // status-code = ("2" / "4" / "5") "." 1*3digit "." 1*3digit
    /// Reads a code at the begin of a text; returns how many bytes it takes, too.
    package static func prefix(of text: ArraySlice<UInt8>) -> (status: EnhancedStatus, length: Int)? {
        var index = text.startIndex
        var numbers: [UInt16] = []
        for part in 0..<3 {
            if part > 0 {
                guard index < text.endIndex, text[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
            let digits = text[index...].prefix(4).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...3).contains(digits.count) else { return nil }
            numbers.append(digits.reduce(0) { $0 &* 10 &+ UInt16($1 &- UInt8(ascii: "0")) })
            index += digits.count
        }
        guard [2, 4, 5].contains(numbers[0]) else { return nil }
        return (EnhancedStatus(numbers[0], numbers[1], numbers[2]), index - text.startIndex)
    }
}

extension EnhancedStatus: CustomStringConvertible {
    /// The code with its dots.
    package var description: String { "\(category).\(subject).\(detail)" }
}
