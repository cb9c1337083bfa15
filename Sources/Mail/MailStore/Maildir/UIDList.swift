// SPDX-License-Identifier: Apache-2.0

/// The content of `dovecot-uidlist`: which UID each file of a Maildir has.
///
/// Version 3: a header `3 V<uidvalidity> N<nextuid> G<guid>`, then lines `<uid> <fields> :<name>` by ascending UID.
/// Version 1 (`1 <uidvalidity> <nextuid>`, lines `<uid> <name>`) is read too. The names are the bytes of the file; the
/// list keeps the file's bytes and ranges into them.
struct UIDList {
    /// A line.
    struct Entry: Equatable {
        let uid: UInt32
        /// What stands between UID and name: fields of other programs, kept as they are.
        let fields: Range<Int>
        /// The file's name without flags.
        let base: Range<Int>
    }

    /// UIDs end here: beyond, the mailbox gets a new UIDVALIDITY.
    static let highestUID: UInt32 = 4_294_000_000

    /// The bytes that the ranges are about.
    var bytes: [UInt8]
    /// nil where the header is missing or damaged.
    var uidValidity: UInt32?
    var uidNext: UInt32 = 1
    var guid: [UInt8] = []
    /// By ascending UID.
    var entries: [Entry] = []
    /// Whether a part could not be understood: the file is to be written anew.
    var isDamaged = false

    /// Reads a file; never fails: what cannot be understood is left out and noted as damage.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var start = 0
        var version = 3
        var isHeader = true
        var found: [Entry] = []
        found.reserveCapacity(bytes.count / 60)
        let newline = UInt8(ascii: "\n")
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: newline) else {
                // Cut off by a crash while it was appended: nobody was told of it.
                isDamaged = true
                break
            }
            if isHeader {
                version = readHeader(bytes[start..<end])
                isHeader = false
            } else if let entry = Self.entry(bytes[start..<end], version: version) {
                found.append(entry)
            } else {
                isDamaged = true
            }
            start = end + 1
        }
        if isHeader || uidValidity == nil || version != 3 { isDamaged = true }
        keepAscending(found)
        if let last = entries.last, last.uid >= uidNext { uidNext = last.uid + 1 }
    }

    /// A list of a mailbox that has none yet.
    init(uidValidity: UInt32, guid: [UInt8]) {
        bytes = []
        self.uidValidity = uidValidity
        self.guid = guid
    }

    /// The name without flags of an entry.
    func base(_ index: Int) -> ArraySlice<UInt8> {
        bytes[entries[index].base]
    }

    /// The version that the header names.
    private mutating func readHeader(_ line: ArraySlice<UInt8>) -> Int {
        let parts = line.split(separator: UInt8(ascii: " "))
        switch parts.first.map(Array.init) {
        case Array("3".utf8):
            for part in parts.dropFirst() {
                switch part.first {
                case UInt8(ascii: "V"): uidValidity = Self.number(part.dropFirst())
                case UInt8(ascii: "N"): uidNext = Self.number(part.dropFirst()) ?? 1
                case UInt8(ascii: "G"): guid = Array(part.dropFirst().prefix(64))
                default: isDamaged = true
                }
            }
            return 3
        case Array("1".utf8) where parts.count == 3:
            uidValidity = Self.number(parts[1])
            uidNext = Self.number(parts[2]) ?? 1
            return 1
        default:
            return 3
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard let value = decimal(digits, below: Int(highestUID)), value > 0 else { return nil }
        return UInt32(value)
    }

    /// Reads a line: `<uid> [<letter><value> …] :<name>`.
    private static func entry(_ line: ArraySlice<UInt8>, version: Int) -> Entry? {
        let space = UInt8(ascii: " ")
        guard let blank = line.firstIndex(of: space), let uid = number(line[..<blank]) else { return nil }
        let fields = blank + 1
        var name = fields
        if version == 3 {
            while name < line.endIndex, line[name] != UInt8(ascii: ":") {
                guard let next = line[name...].firstIndex(of: space) else { return nil }
                name = next + 1
            }
            guard name < line.endIndex else { return nil }
        }
        let start = version == 3 ? name + 1 : name
        let end = line[start...].firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        guard start < end, end - start <= 255, line[start] != UInt8(ascii: "."),
            !line[start..<end].contains(where: { $0 == UInt8(ascii: "/") || $0 < 0x20 })
        else { return nil }
        return Entry(uid: uid, fields: fields..<max(fields, name), base: start..<end)
    }

    /// Keeps the lines whose UIDs ascend; of two that do not, the one that does not fit its neighbours goes.
    private mutating func keepAscending(_ found: [Entry]) {
        entries.reserveCapacity(found.count)
        var last: UInt32 = 0
        for (index, entry) in found.enumerated() {
            let next = index + 1 < found.count ? found[index + 1].uid : UInt32.max
            guard entry.uid > last, entry.uid < next || next <= last else {
                isDamaged = true
                continue
            }
            entries.append(entry)
            last = entry.uid
        }
    }

    /// The header line.
    func header(uidValidity: UInt32) -> [UInt8] {
        Array("3 V\(uidValidity) N\(uidNext) G".utf8) + guid + [UInt8(ascii: "\n")]
    }

    /// Adds the line of a new file.
    static func addLine(uid: UInt32, base: some Collection<UInt8>, to lines: inout [UInt8]) {
        lines.append(contentsOf: String(uid).utf8)
        lines.append(UInt8(ascii: " "))
        lines.append(UInt8(ascii: ":"))
        lines.append(contentsOf: base)
        lines.append(UInt8(ascii: "\n"))
    }

    /// The whole file, with the entries whose indices `keep` accepts.
    func encoded(uidValidity: UInt32, keeping keep: (Int) -> Bool) -> [UInt8] {
        var output = header(uidValidity: uidValidity)
        output.reserveCapacity(bytes.count)
        for (index, entry) in entries.enumerated() where keep(index) {
            output.append(contentsOf: "\(entry.uid) ".utf8)
            output.append(contentsOf: bytes[entry.fields])
            output.append(UInt8(ascii: ":"))
            output.append(contentsOf: bytes[entry.base])
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }
}
