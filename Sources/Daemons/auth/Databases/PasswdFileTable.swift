// SPDX-License-Identifier: Apache-2.0

/// A passwd-file in memory: its bytes as they are, and where each user's line is.
struct PasswdFileTable: Sendable {
    /// Longest line that counts.
    static let lineLimit = 16384

    private let bytes: [UInt8]
    private let lines: [String: Range<Int>]
    /// Lines that are too long, no text, or name a user for the second time (the first holds).
    let unusable: [Int]
    /// A password of some user, against which the password of an unknown user is compared in vain.
    let sample: [UInt8]?

    /// Reads a whole file.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines: [String: Range<Int>] = [:]
        var unusable: [Int] = []
        var sample: [UInt8]?
        var start = 0
        var number = 0
        while start < bytes.count {
            number += 1
            let feed = bytes[start...].firstIndex(of: 10) ?? bytes.count
            let end = feed > start && bytes[feed - 1] == 13 ? feed - 1 : feed
            let line = start..<end
            start = feed + 1
            // Comments, empty lines and lines without a user.
            guard let first = bytes[line].first, first != UInt8(ascii: "#"), first != UInt8(ascii: ":") else {
                continue
            }
            guard line.count <= Self.lineLimit,
                let user = String(validating: bytes[line].prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self),
                lines[user] == nil
            else {
                if unusable.count < 100 { unusable.append(number) }
                continue
            }
            lines[user] = line
            if sample == nil { sample = PasswdFileEntry(bytes[line])?.password.flatMap { $0.isEmpty ? nil : $0 } }
        }
        self.lines = lines
        self.unusable = unusable
        self.sample = sample
    }

    /// How many users there are.
    var count: Int { lines.count }

    /// The users' names, in no order.
    var users: [String] { Array(lines.keys) }

    /// A user's line; nil where there is none.
    subscript(user: String) -> PasswdFileEntry? {
        lines[user].flatMap { PasswdFileEntry(bytes[$0]) }
    }
}
