// SPDX-License-Identifier: Apache-2.0

/// The content of `dovecot-keywords`: lines `<number> <name>`, where number 0 is the letter `a` in file names.
struct KeywordList: Equatable {
    /// Letters a to z.
    static let limit = 26

    /// Names by number; an empty one is free.
    private(set) var names: [String] = []

    init() {}

    /// Reads a file; lines that make no sense are left out.
    init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let blank = line.firstIndex(of: UInt8(ascii: " ")),
                let number = decimal(line[..<blank], below: Self.limit)
            else { continue }
            let name = String(decoding: line[(blank + 1)...], as: UTF8.self)
            guard Self.isValid(name), find(name) == nil else { continue }
            set(name, at: number)
        }
    }

    /// The number of a name, compared without regard to ASCII case.
    func find(_ name: String) -> Int? {
        let name = name.lowercased()
        return names.firstIndex { $0.lowercased() == name }
    }

    /// The number of a name, which is added where there is room; nil where there is none or the name is not valid.
    mutating func findOrAdd(_ name: String) -> Int? {
        if let number = find(name) { return number }
        guard Self.isValid(name) else { return nil }
        let number = names.firstIndex(of: "") ?? names.count
        guard number < Self.limit else { return nil }
        set(name, at: number)
        return number
    }

    /// The file's content.
    var encoded: [UInt8] {
        Array(names.enumerated().filter { !$0.element.isEmpty }.map { "\($0.offset) \($0.element)\n" }.joined().utf8)
    }

    /// flag-keyword = atom (RFC 3501 section 9), of a length that files bear.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"(){%*\"\\]".utf8.contains($0) }
    }

    private mutating func set(_ name: String, at number: Int) {
        while names.count <= number { names.append("") }
        names[number] = name
    }
}
