// SPDX-License-Identifier: Apache-2.0

/// Why a frame could not be understood.
package enum WireError: Error, Sendable, Equatable {
    /// A field the message cannot do without is missing.
    case missing(tag: UInt8)
    /// A field has a length or value its type cannot have.
    case malformed(tag: UInt8)
    /// The frame ends inside a field.
    case truncated
    /// A frame of another kind than the protocol allows here.
    case unexpected(kind: UInt8)
    /// The other side speaks another protocol or version; the text names both.
    case mismatch(String)
}

/// A message of an internal protocol: a struct that writes and reads its own fields.
///
/// Unknown fields are skipped, so a newer sender may add some; missing ones are errors.
package protocol WireMessage: Sendable {
    /// The frame's kind, unique within a protocol.
    static var kind: UInt8 { get }
    /// Appends all fields.
    func encode(into fields: inout FieldWriter)
    /// Reads the fields back.
    init(from fields: FieldReader) throws(WireError)
}

/// Appends fields: a tag byte, four bytes of length in network order, the bytes.
package struct FieldWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init() {
        bytes = []
    }

    init(appendingTo bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    /// Appends bytes.
    package mutating func put(_ tag: UInt8, _ value: [UInt8]) {
        begin(tag, value.count)
        bytes.append(contentsOf: value)
    }

    /// Appends bytes.
    package mutating func put(_ tag: UInt8, _ value: ArraySlice<UInt8>) {
        begin(tag, value.count)
        bytes.append(contentsOf: value)
    }

    /// Appends text as UTF-8.
    package mutating func put(_ tag: UInt8, _ value: String) {
        begin(tag, value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    /// Appends text if there is any.
    package mutating func put(_ tag: UInt8, _ value: String?) {
        if let value { put(tag, value) }
    }

    /// Appends a number.
    package mutating func put(_ tag: UInt8, _ value: Int) {
        begin(tag, 8)
        let pattern = UInt64(bitPattern: Int64(value))
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: pattern >> shift)) }
    }

    /// Appends a truth value.
    package mutating func put(_ tag: UInt8, _ value: Bool) {
        begin(tag, 1)
        bytes.append(value ? 1 : 0)
    }

    /// Appends a field for each text.
    package mutating func put(_ tag: UInt8, _ values: [String]) {
        for value in values { put(tag, value) }
    }

    /// Appends a field with fields of its own.
    package mutating func put(_ tag: UInt8, nested body: (inout FieldWriter) -> Void) {
        let start = bytes.count
        begin(tag, 0)
        body(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 5)
        for index in 0..<4 { bytes[start + 1 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    }

    private mutating func begin(_ tag: UInt8, _ count: Int) {
        bytes.append(tag)
        let length = UInt32(truncatingIfNeeded: count)
        for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: length >> (24 - 8 * index))) }
    }
}

/// Finds the fields of a message; nothing is copied until a field is asked for.
package struct FieldReader: Sendable {
    private let bytes: [UInt8]
    private let fields: [(tag: UInt8, range: Range<Int>)]

    /// Finds the fields of `bytes`.
    package init(_ bytes: [UInt8]) throws(WireError) {
        try self.init(bytes, 0..<bytes.count)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) throws(WireError) {
        var fields: [(tag: UInt8, range: Range<Int>)] = []
        var next = range.lowerBound
        while next < range.upperBound {
            guard range.upperBound - next >= 5 else { throw .truncated }
            var length = 0
            for index in 1...4 { length = length << 8 | Int(bytes[next + index]) }
            guard length <= range.upperBound - next - 5 else { throw .truncated }
            fields.append((bytes[next], next + 5..<next + 5 + length))
            next += 5 + length
        }
        self.bytes = bytes
        self.fields = fields
    }

    private func find(_ tag: UInt8) -> Range<Int>? {
        for field in fields where field.tag == tag { return field.range }
        return nil
    }

    /// The bytes of a field.
    package func bytes(_ tag: UInt8) throws(WireError) -> [UInt8] {
        guard let range = find(tag) else { throw .missing(tag: tag) }
        return Array(bytes[range])
    }

    /// The text of a field, nil without it; what is no UTF-8 is repaired.
    package func textIfPresent(_ tag: UInt8) -> String? {
        find(tag).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The text of a field.
    package func text(_ tag: UInt8) throws(WireError) -> String {
        guard let text = textIfPresent(tag) else { throw .missing(tag: tag) }
        return text
    }

    /// The texts of all fields with that tag.
    package func texts(_ tag: UInt8) -> [String] {
        fields.filter { $0.tag == tag }.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    /// The number of a field, nil without it.
    package func numberIfPresent(_ tag: UInt8) throws(WireError) -> Int? {
        guard let range = find(tag) else { return nil }
        return try number((tag, range))
    }

    private func number(_ field: (tag: UInt8, range: Range<Int>)) throws(WireError) -> Int {
        guard field.range.count == 8 else { throw .malformed(tag: field.tag) }
        var value: UInt64 = 0
        for byte in bytes[field.range] { value = value << 8 | UInt64(byte) }
        return Int(Int64(bitPattern: value))
    }

    /// The number of a field.
    package func number(_ tag: UInt8) throws(WireError) -> Int {
        guard let value = try numberIfPresent(tag) else { throw .missing(tag: tag) }
        return value
    }

    /// The number of a field; one outside `range` is malformed.
    package func number(_ tag: UInt8, in range: ClosedRange<Int>) throws(WireError) -> Int {
        let value = try number(tag)
        guard range.contains(value) else { throw .malformed(tag: tag) }
        return value
    }

    /// The numbers of all fields with that tag; one outside `range` is malformed.
    package func numbers(_ tag: UInt8, in range: ClosedRange<Int>) throws(WireError) -> [Int] {
        var numbers: [Int] = []
        for field in fields where field.tag == tag {
            let value = try number(field)
            guard range.contains(value) else { throw .malformed(tag: tag) }
            numbers.append(value)
        }
        return numbers
    }

    /// The bytes of all fields with that tag.
    package func allBytes(_ tag: UInt8) -> [[UInt8]] {
        fields.filter { $0.tag == tag }.map { Array(bytes[$0.range]) }
    }

    /// The truth value of a field; false without it.
    package func flag(_ tag: UInt8) -> Bool {
        guard let range = find(tag), range.count == 1 else { return false }
        return bytes[range.lowerBound] != 0
    }

    /// The fields inside all fields with that tag.
    package func nested(_ tag: UInt8) throws(WireError) -> [FieldReader] {
        var readers: [FieldReader] = []
        for field in fields where field.tag == tag { readers.append(try FieldReader(bytes, field.range)) }
        return readers
    }
}
