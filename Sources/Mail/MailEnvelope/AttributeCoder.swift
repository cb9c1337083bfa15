// SPDX-License-Identifier: Apache-2.0

/// Why an envelope or an outcome cannot be written or read.
package enum EnvelopeError: Error, Sendable, Equatable {
    /// A value has a control character or is too long to be stored.
    case invalidValue(field: String)
    /// More recipients or bytes than the limits allow.
    case limitExceeded(String)
    /// The bytes are no records, or a value does not have the form of its attribute.
    case malformed
}

/// Writes or reads attributes; a type lists its attributes once, as calls of these functions, for both directions.
///
/// An attribute that equals `unless` is not written and keeps its value when it is missing.
protocol AttributeCoder {
    mutating func text(_ number: UInt8, _ name: String, _ value: inout String, unless: String?) throws(EnvelopeError)
    mutating func integer<Value: FixedWidthInteger>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value,
        unless: Value?
    ) throws(EnvelopeError)
}

extension AttributeCoder {
    mutating func text(_ number: UInt8, _ name: String, _ value: inout String) throws(EnvelopeError) {
        try text(number, name, &value, unless: "")
    }

    mutating func integer<Value: FixedWidthInteger>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value
    ) throws(EnvelopeError) {
        try integer(number, name, &value, unless: 0)
    }

    mutating func flag(_ number: UInt8, _ name: String, _ value: inout Bool) throws(EnvelopeError) {
        var byte: UInt8 = value ? 1 : 0
        try integer(number, name, &byte)
        value = byte != 0
    }

    mutating func choice<Value: RawRepresentable<UInt8>>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value,
        unless: Value?
    ) throws(EnvelopeError) {
        var byte = value.rawValue
        try integer(number, name, &byte, unless: unless?.rawValue)
        guard byte != value.rawValue else { return }
        guard let read = Value(rawValue: byte) else { throw .malformed }
        value = read
    }

    mutating func option<Value: RawRepresentable<UInt8>>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value?
    ) throws(EnvelopeError) {
        // No choice has the raw value 255.
        let none = UInt8.max
        var byte = value?.rawValue ?? none
        try integer(number, name, &byte, unless: none)
        guard byte != value?.rawValue ?? none else { return }
        guard let read = Value(rawValue: byte) else { throw .malformed }
        value = read
    }

    mutating func set<Value: OptionSet>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value
    ) throws(EnvelopeError) where Value.RawValue == UInt8 {
        var byte = value.rawValue
        try integer(number, name, &byte)
        if byte != value.rawValue { value = Value(rawValue: byte) }
    }
}

/// Appends records: number (1 byte), length (2 bytes), value; integers lowest byte first.
struct AttributeWriter: AttributeCoder {
    var bytes: [UInt8] = []
    /// What may be stored; nil on the wire, where the reader judges.
    let limit: Int?

    init(limit: Int?) {
        self.limit = limit
        bytes.reserveCapacity(512)
    }

    mutating func text(
        _ number: UInt8,
        _ name: String,
        _ value: inout String,
        unless: String?
    ) throws(EnvelopeError) {
        guard value != unless else { return }
        let length = value.utf8.count
        if let limit {
            guard length <= min(limit, Int(UInt16.max)), isPrintable(value) else { throw .invalidValue(field: name) }
        }
        // On the wire an oversized value is cut to a length that no queue file takes: it is refused, never stored cut.
        let cut = min(length, Int(UInt16.max))
        bytes.append(number)
        bytes.append(littleEndian: UInt16(cut))
        if cut == length {
            bytes.append(contentsOf: value.utf8)
        } else {
            bytes.append(contentsOf: value.utf8.prefix(cut))
        }
    }

    mutating func integer<Value: FixedWidthInteger>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value,
        unless: Value?
    ) throws(EnvelopeError) {
        guard value != unless else { return }
        bytes.append(number)
        bytes.append(littleEndian: UInt16(Value.bitWidth / 8))
        bytes.append(littleEndian: value)
    }
}

/// Reads records one after another; the rows take the current one by its number.
struct AttributeReader: AttributeCoder {
    private var input: ByteReader
    /// Most bytes of a stored value, in which control characters are damage; nil on the wire.
    private let limit: Int?
    /// The current record.
    private(set) var number: UInt8 = 0
    private(set) var value: ArraySlice<UInt8> = []
    /// Whether a row has taken the current record.
    private(set) var isTaken = false

    init(_ bytes: ArraySlice<UInt8>, limit: Int?) {
        input = ByteReader(bytes)
        self.limit = limit
    }

    var isAtEnd: Bool { input.isAtEnd }

    /// Moves on to the next record; throws where the bytes end inside it.
    mutating func next() throws(EnvelopeError) {
        guard
            let number = input.integer(UInt8.self), let length = input.integer(UInt16.self),
            let value = input.take(Int(length))
        else { throw .malformed }
        self.number = number
        self.value = value
        isTaken = false
    }

    /// The current record as text.
    func text() throws(EnvelopeError) -> String {
        guard let limit else { return String(decoding: value, as: UTF8.self) }
        guard value.count <= limit, let text = String(validating: value, as: UTF8.self), isPrintable(text) else {
            throw .malformed
        }
        return text
    }

    mutating func text(
        _ number: UInt8,
        _ name: String,
        _ value: inout String,
        unless: String?
    ) throws(EnvelopeError) {
        guard number == self.number else { return }
        value = try text()
        isTaken = true
    }

    mutating func integer<Value: FixedWidthInteger>(
        _ number: UInt8,
        _ name: String,
        _ value: inout Value,
        unless: Value?
    ) throws(EnvelopeError) {
        guard number == self.number else { return }
        var reader = ByteReader(self.value)
        guard let read = reader.integer(Value.self), reader.isAtEnd else { throw .malformed }
        value = read
        isTaken = true
    }
}
