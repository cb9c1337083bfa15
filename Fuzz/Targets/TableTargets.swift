// SPDX-License-Identifier: Apache-2.0
import LookupTables

extension FuzzTarget {
    /// The text source of `texthash:` and of aliases.
    static let textTables = FuzzTarget("text-tables", upTo: 4096) { bytes in
        let file = try ScratchFolder.shared.file("table", bytes)
        for format in [SourceFormat.map, .aliases, .detected] {
            let table = try? TableOpener(sourceFormat: format).open("texthash:\(file)")
            for key in keys(bytes) { _ = try? table?.lookup(key) }
            for notice in table?.notices ?? [] { _ = notice.description }
        }
    }

    /// The rules of `cidr:` and `regexp:`.
    static let patternTables = FuzzTarget("pattern-tables", upTo: 1024) { bytes in
        // The expressions are the administrator's, and the C library's: those that it takes forever for are left out.
        guard bytes.count(where: { [42, 43, 63, 123].contains($0) }) <= 4 else { return }
        let file = try ScratchFolder.shared.file("rules", bytes)
        for type in ["cidr", "regexp"] {
            guard let table = try? TableOpener(multilineKeys: type == "regexp").open("\(type):\(file)") else {
                continue
            }
            for key in keys(bytes) + ["127.0.0.1", "::1", "10.1.2.3"] { _ = try? table.lookup(key) }
            for notice in table.notices { _ = notice.description }
        }
    }

    /// What stands in the configuration: `type:name`, with tables in it.
    static let tableNames = FuzzTarget("table-names", upTo: 1024) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        // Names of files are another matter.
        guard !text.contains("/"), bytes.count(where: { [42, 43, 63].contains($0) }) <= 4 else { return }
        guard let table = try? TableOpener(directory: "/nonexistent").open(text) else { return }
        for key in keys(bytes) { _ = try? table.lookup(key) }
        _ = table.staleness()
    }

    private static func keys(_ bytes: [UInt8]) -> [String] {
        let words = bytes.split { $0 <= 32 || $0 == 58 || $0 == 61 }.prefix(20).map {
            String(decoding: $0, as: UTF8.self)
        }
        return words + ["", "a", "a@b.org", String(decoding: bytes, as: UTF8.self)]
    }
}
