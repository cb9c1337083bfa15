// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans
internal import CLinux
internal import Glibc

/// What the index has of one message: the value of a key.
///
/// Little-endian: checksum (4), version (1), 0 (1), length of the name (2), inode (8), size, size on the wire and date (8
/// each, -1 for unknown), lengths of the four parts (4 each); then name and parts. The checksum (CRC32C) is of the key
/// and all that follows it. The name is the message's file without flags, and the inode is that file's: another message
/// under the same UID, or another file under the same name, is not taken for this one.
struct IndexRecord: Equatable {
    /// The file that a record is about.
    struct Guard {
        let inode: UInt64
        let base: ArraySlice<UInt8>
    }

    private static let headerSize = 56
    /// Beyond, a message has none: a structure of thousands of parts is not worth the room.
    static let sizeLimit = 64 << 10

    var size: MaildirBox.StoredSize?
    /// INTERNALDATE in seconds since the epoch.
    var internalDate: Int64?
    var formatted = FormattedMessage()

    init() {}

    /// Where the fields of a value are.
    struct Layout {
        let size: MaildirBox.StoredSize?
        let internalDate: Int64?
        let envelope: Range<Int>
        let body: Range<Int>
        let bodyStructure: Range<Int>
        let fields: Range<Int>

        /// Reads a value; nil where it is damaged, of another version, or about another file.
        init?(_ value: borrowing Span<UInt8>, key: [UInt8], _ file: Guard) {
            guard value.count >= headerSize, value.number(at: 4, of: 1) == UInt64(FormattedMessage.version),
                value.number(at: 8, of: 8) == file.inode, value.number(at: 6, of: 2) == UInt64(file.base.count)
            else { return nil }
            let start = headerSize + file.base.count
            let first = Int(value.number(at: 40, of: 4))
            let second = Int(value.number(at: 44, of: 4))
            let third = Int(value.number(at: 48, of: 4))
            let fourth = Int(value.number(at: 52, of: 4))
            // Numbers of four bytes: their sum does not overflow.
            guard start + first + second + third + fourth == value.count,
                Self.equal(value.extracting(headerSize..<start), file.base),
                value.number(at: 0, of: 4) == UInt64(checksum(key, value.extracting(4..<value.count)))
            else { return nil }
            let stored = Int64(bitPattern: value.number(at: 16, of: 8))
            let wire = Int64(bitPattern: value.number(at: 24, of: 8))
            let date = Int64(bitPattern: value.number(at: 32, of: 8))
            size = stored < 0 || wire < 0 ? nil : .init(size: Int(stored), virtualSize: Int(wire))
            internalDate = date == -1 ? nil : date
            envelope = start..<start + first
            body = envelope.upperBound..<envelope.upperBound + second
            bodyStructure = body.upperBound..<body.upperBound + third
            fields = bodyStructure.upperBound..<value.count
        }

        private static func equal(_ bytes: borrowing Span<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
            guard bytes.count == other.count, !other.isEmpty else { return bytes.count == other.count }
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe other.withUnsafeBytes { other in
                    guard let first = bytes.baseAddress, let second = other.baseAddress else { return false }
                    return unsafe memcmp(first, second, bytes.count) == 0
                }
            }
        }
    }

    /// Reads a value; nil where it must not be used.
    init?(_ value: borrowing Span<UInt8>, key: [UInt8], _ file: Guard) {
        guard let layout = Layout(value, key: key, file) else { return nil }
        size = layout.size
        internalDate = layout.internalDate
        formatted.envelope = Self.part(value, layout.envelope)
        formatted.body = Self.part(value, layout.body)
        formatted.bodyStructure = Self.part(value, layout.bodyStructure)
        formatted.fields = Self.part(value, layout.fields)
    }

    private static func part(_ value: borrowing Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        guard !range.isEmpty else { return nil }
        var part: [UInt8] = []
        part.append(value, range)
        return part
    }

    /// Takes over what another record knows beyond this one.
    mutating func merge(_ other: IndexRecord) {
        size = size ?? other.size
        internalDate = internalDate ?? other.internalDate
        formatted.envelope = formatted.envelope ?? other.formatted.envelope
        formatted.body = formatted.body ?? other.formatted.body
        formatted.bodyStructure = formatted.bodyStructure ?? other.formatted.bodyStructure
        formatted.fields = formatted.fields ?? other.formatted.fields
    }

    /// The value; nil where it would be too long.
    func encoded(key: [UInt8], _ file: Guard) -> [UInt8]? {
        let parts = [formatted.envelope, formatted.body, formatted.bodyStructure, formatted.fields].map { $0 ?? [] }
        let total = parts.reduce(0) { $0 + $1.count }
        guard total <= Self.sizeLimit, file.base.count <= 255 else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(Self.headerSize + file.base.count + total)
        func add(_ number: UInt64, _ width: Int) {
            for index in 0..<width { output.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))) }
        }
        add(0, 4)
        add(UInt64(FormattedMessage.version), 1)
        add(0, 1)
        add(UInt64(file.base.count), 2)
        add(file.inode, 8)
        add(UInt64(bitPattern: Int64(size?.size ?? -1)), 8)
        add(UInt64(bitPattern: Int64(size?.virtualSize ?? -1)), 8)
        add(UInt64(bitPattern: internalDate ?? -1), 8)
        for part in parts { add(UInt64(part.count), 4) }
        output.append(contentsOf: file.base)
        for part in parts { output.append(contentsOf: part) }
        let value = Self.checksum(key, output.span.extracting(4..<output.count))
        for index in 0..<4 { output[index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
        return output
    }

    private static func checksum(_ key: [UInt8], _ bytes: borrowing Span<UInt8>) -> UInt32 {
        let first = unsafe key.withUnsafeBytes { unsafe linux_crc32c(0, $0.baseAddress, $0.count) }
        return unsafe bytes.withUnsafeBytes { unsafe linux_crc32c(first, $0.baseAddress, $0.count) }
    }
}

extension Span<UInt8> {
    /// A little-endian number of so many bytes, at most 8, which are there.
    fileprivate func number(at offset: Int, of width: Int) -> UInt64 {
        var value: UInt64 = 0
        var index = offset + width
        while index > offset {
            index -= 1
            value = value << 8 | UInt64(self[index])
        }
        return value
    }
}
