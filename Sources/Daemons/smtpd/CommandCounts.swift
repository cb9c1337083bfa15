// SPDX-License-Identifier: Apache-2.0

/// How often a client has given each command, for the log.
struct CommandCounts {
    /// In the order of the summary; the last stands for whatever else came.
    private static let names = [
        "helo", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "bdat", "rset", "noop", "vrfy", "etrn", "quit",
        "unknown",
    ]
    private static let verbs = names.dropLast().map { Array($0.utf8) }

    private var counts = [Int](repeating: 0, count: names.count)
    private var lastIndex: Int?

    /// The last command in upper case; `CONNECT` before the first.
    var last: String { lastIndex.map { Self.names[$0].uppercased() } ?? "CONNECT" }

    /// Counts a line by its first word.
    mutating func count(_ line: [UInt8]) {
        let index = Self.verbs.firstIndex { Self.begins(line, with: $0) } ?? Self.names.count - 1
        lastIndex = index
        counts[index] &+= 1
    }

    private static func begins(_ line: [UInt8], with verb: [UInt8]) -> Bool {
        guard line.count >= verb.count, line.count == verb.count || line[verb.count] == UInt8(ascii: " ") else {
            return false
        }
        // Letters differ from their small form in one bit.
        return verb.indices.allSatisfy { line[$0] | 0x20 == verb[$0] }
    }

    /// ` ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5`, as Postfix counts.
    var summary: String {
        var text = ""
        var total = 0
        for (name, count) in zip(Self.names, counts) where count > 0 {
            text += " \(name)=\(count)"
            total &+= count
        }
        return total > 0 ? "\(text) commands=\(total)" : text
    }
}
