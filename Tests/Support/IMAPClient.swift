// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An IMAP client that blocks, for tests that have to know what was acknowledged: for `blocking`.
package final class IMAPClient {
    /// A message of a mailbox.
    package struct Message: Sendable {
        package let uid: UInt32
        package let flags: Set<String>
        /// Its Subject.
        package let name: String
    }

    private let client: RawClient
    private var number = 0

    /// Connects and logs in.
    ///
    /// - Throws: `RawClient.Failure`, of whatever goes wrong here and below.
    package init(_ instance: MailInstance, _ user: String, _ password: String) throws {
        client = try RawClient(port: instance.ports.imap)
        _ = try client.line()
        try command("LOGIN \(instance.address(user)) \(password)")
    }

    /// Sends a command, with a literal at its end if there is one; returns the answer's lines.
    @discardableResult
    package func command(_ text: String, literal: String? = nil) throws -> [String] {
        number += 1
        let tag = "t\(number)"
        if let literal {
            try client.send("\(tag) \(text) {\(literal.utf8.count)}\r\n")
            var lines: [String] = []
            while let line = try client.line(), !line.hasPrefix("+") {
                lines.append(line)
                if line.hasPrefix(tag) { throw RawClient.Failure(description: "\(text): \(lines)") }
            }
            try client.send(literal + "\r\n")
        } else {
            try client.send("\(tag) \(text)\r\n")
        }
        var lines: [String] = []
        while let line = try client.line() {
            lines.append(line)
            guard line.hasPrefix(tag + " ") else { continue }
            guard line.hasPrefix(tag + " OK") else { throw RawClient.Failure(description: "\(text): \(line)") }
            return lines
        }
        throw RawClient.Failure(description: "\(text): the connection ended after \(lines.suffix(3))")
    }

    /// Opens a mailbox; its UIDVALIDITY.
    package func select(_ mailbox: String) throws -> UInt32 {
        let values = try command("SELECT \(mailbox)").compactMap { Self.numbers(after: "[UIDVALIDITY ", in: $0).first }
        guard let value = values.first else { throw RawClient.Failure(description: "no UIDVALIDITY of \(mailbox)") }
        return value
    }

    /// Adds a message; its UIDVALIDITY and UID.
    package func append(_ text: String, to mailbox: String) throws -> (validity: UInt32, uid: UInt32) {
        let answer = try command("APPEND \(mailbox)", literal: text).last ?? ""
        let numbers = Self.numbers(after: "[APPENDUID ", in: answer)
        guard numbers.count == 2 else { throw RawClient.Failure(description: "no APPENDUID: \(answer)") }
        return (numbers[0], numbers[1])
    }

    /// Copies a message; the copy's UIDVALIDITY and UID.
    package func copy(_ uid: UInt32, to mailbox: String) throws -> (validity: UInt32, uid: UInt32) {
        let answer = try command("UID COPY \(uid) \(mailbox)").last ?? ""
        let numbers = Self.numbers(after: "[COPYUID ", in: answer)
        guard numbers.count == 3 else { throw RawClient.Failure(description: "no COPYUID: \(answer)") }
        return (numbers[0], numbers[2])
    }

    /// The messages from a UID on, with their flags.
    package func messages(from first: UInt32 = 1) throws -> [Message] {
        let lines = try command("UID FETCH \(first):* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        var found: [Message] = []
        for (index, line) in lines.enumerated() where line.contains("BODY[HEADER.FIELDS") && index + 1 < lines.count {
            guard let uid = Self.numbers(after: "UID ", in: line).first, uid >= first,
                let open = line.range(of: "FLAGS ("), let close = line[open.upperBound...].firstIndex(of: ")")
            else { continue }
            let flags = line[open.upperBound..<close].split(separator: " ").map(String.init)
            let name = lines[index + 1].hasPrefix("Subject: ") ? String(lines[index + 1].dropFirst(9)) : ""
            found.append(Message(uid: uid, flags: Set(flags), name: name.trimmingCharacters(in: .whitespaces)))
        }
        return found
    }

    /// The names of all mailboxes.
    package func mailboxes() throws -> Set<String> {
        Set(
            try command("LIST \"\" *").filter { $0.hasPrefix("* LIST") }.compactMap {
                $0.split(separator: " ").last.map { $0.trimmingCharacters(in: ["\""]) }
            }
        )
    }

    private static func numbers(after word: String, in line: String) -> [UInt32] {
        guard let start = line.range(of: word) else { return [] }
        return line[start.upperBound...].prefix { $0.isNumber || $0 == " " }.split(separator: " ").compactMap {
            UInt32($0)
        }
    }
}
