// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Messages whose text tells whether all of it is there.
enum NumberedMessage {
    /// The text of a message; its number chooses one of several sizes, from 100 bytes to 200 KiB.
    static func text(_ name: String, number: Int) -> String {
        let count = number % 50 == 49 ? 3000 : number % 8 == 7 ? 300 : number % 3 * 10 + 1
        let lines = (1...count).map { "line \($0) of \(count) of \(name) \(String(repeating: "x", count: 40))\r\n" }
        return "Subject: \(name)\r\nFrom: <sender@client.test>\r\n\r\n\(lines.joined())\(name) ends\r\n"
    }

    /// The name of a message found in a mailbox, and whether it is whole; of a report, the name of what was returned.
    static func examine(_ message: [UInt8]) -> (name: String, isReport: Bool, isWhole: Bool) {
        let lines = String(decoding: message, as: UTF8.self).components(separatedBy: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let isReport = lines.contains { $0.lowercased().hasPrefix("content-type: multipart/report") }
        let subjects = lines.filter { $0.hasPrefix("Subject: ") }.map { String($0.dropFirst(9)) }
        let last = lines.last { !$0.isEmpty } ?? ""
        guard let name = isReport ? subjects.last : subjects.first else { return ("", isReport, false) }
        if isReport {
            // Of a large message only the header is returned.
            let isContentWhole = lines.contains("\(name) ends") || lines.contains("Content-Type: text/rfc822-headers")
            return (name, true, last.hasPrefix("--") && last.hasSuffix("--") && isContentWhole)
        }
        let counted = lines.filter { $0.hasPrefix("line ") && $0.contains(" of \(name) ") }
        let promised = counted.first.flatMap { $0.split(separator: " ").dropFirst(3).first }.flatMap { Int($0) }
        return (name, false, last == "\(name) ends" && counted.count == promised && !message.contains(0))
    }
}
