// SPDX-License-Identifier: Apache-2.0

/// The form in which master hands a snapshot down: records of a kind, a key and a value, each with its length before it.
extension ConfigurationSnapshot {
    private static let magic = Array("relais configuration 1\n".utf8)
    private static let file = UInt8(ascii: "f")
    private static let match = UInt8(ascii: "m")

    package var encoded: [UInt8] {
        var output = Self.magic
        for (path, content) in contents.sorted(by: { $0.key < $1.key }) {
            output.append(Self.file)
            Self.put(Array(path.utf8), into: &output)
            Self.put(content, into: &output)
        }
        for (pattern, paths) in matches.sorted(by: { $0.key < $1.key }) {
            output.append(Self.match)
            Self.put(Array(pattern.utf8), into: &output)
            var names: [UInt8] = []
            for path in paths { Self.put(Array(path.utf8), into: &names) }
            Self.put(names, into: &output)
        }
        return output
    }

    /// Nil where the bytes are no snapshot.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: Self.magic) else { return nil }
        var rest = bytes[Self.magic.count...]
        while let kind = rest.popFirst() {
            guard let key = Self.take(&rest), var value = Self.take(&rest) else { return nil }
            let name = String(decoding: key, as: UTF8.self)
            switch kind {
            case Self.file: contents[name] = Array(value)
            case Self.match:
                var paths: [String] = []
                while !value.isEmpty {
                    guard let path = Self.take(&value) else { return nil }
                    paths.append(String(decoding: path, as: UTF8.self))
                }
                matches[name] = paths
            default: return nil
            }
        }
    }

    private static func put(_ bytes: [UInt8], into output: inout [UInt8]) {
        let count = UInt32(clamping: bytes.count)
        for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: count >> shift)) }
        output += bytes
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
