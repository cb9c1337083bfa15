// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames

/// The content of Dovecot's `subscriptions` file: the names that LSUB lists.
///
/// Version 2 begins with `V<TAB>2` and an empty line; then a name a line, levels in modified UTF-7 divided by TAB.
/// Version 1 has no header, and levels divided by the storage's own separator.
struct Subscriptions: Equatable {
    private(set) var names: [MailboxName] = []

    init() {}

    /// Reads a file; lines that make no sense are left out.
    init(_ bytes: [UInt8], separator: Character, format: MailLocation.Format) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isSecond = lines.first.map(Array.init) == Array("V\t2".utf8)
        if isSecond { lines.removeFirst() }
        let divider: UInt8 = isSecond ? UInt8(ascii: "\t") : format == .maildir ? UInt8(ascii: ".") : UInt8(ascii: "/")
        var known: Set<MailboxName> = []
        for line in lines where !line.isEmpty {
            let levels = line.split(separator: divider, omittingEmptySubsequences: false).map { level -> String? in
                ModifiedUTF7.decode(String(decoding: isSecond ? Self.unescaped(level) : Array(level), as: UTF8.self))
            }
            let text = levels.compactMap { $0 }.joined(separator: String(separator))
            guard !levels.contains(nil),
                let name = try? MailboxName(text, separator: separator, format: format), known.insert(name).inserted
            else { continue }
            names.append(name)
        }
    }

    /// The file's content.
    var encoded: [UInt8] {
        Array("V\t2\n\n".utf8)
            + names.flatMap { Array($0.levels.map(ModifiedUTF7.encode).joined(separator: "\t").utf8) + [0x0A] }
    }

    /// Adds a name; false when it is there already.
    mutating func insert(_ name: MailboxName) -> Bool {
        guard !names.contains(name) else { return false }
        names.append(name)
        return true
    }

    /// Removes a name; false when it is not there.
    mutating func remove(_ name: MailboxName) -> Bool {
        guard let index = names.firstIndex(of: name) else { return false }
        names.remove(at: index)
        return true
    }

    /// Undoes Dovecot's escapes: `\001` followed by a digit.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var escape = false
        for byte in bytes {
            if escape {
                output.append(byte == UInt8(ascii: "1") ? 1 : byte == UInt8(ascii: "t") ? 9 : byte)
                escape = false
            } else if byte == 1 {
                escape = true
            } else {
                output.append(byte)
            }
        }
        return output
    }
}
