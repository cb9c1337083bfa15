// SPDX-License-Identifier: Apache-2.0

/// A line in parts: the command's name, then fields, separated by TAB.
struct AuthFields {
    let command: String
    private var rest: ArraySlice<ArraySlice<UInt8>>

    init(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
        command = parts.first.map { String(decoding: $0.prefix(32), as: UTF8.self) } ?? ""
        rest = parts.dropFirst()
    }

    var malformed: AuthProtocolError { .malformed(command: command) }

    /// The next required field, unescaped.
    mutating func field() throws(AuthProtocolError) -> [UInt8] {
        guard let field = rest.popFirst() else { throw malformed }
        return TabEscaping.decode(field)
    }

    /// The next field, or none.
    mutating func optionalField() -> [UInt8]? {
        rest.popFirst().map { TabEscaping.decode($0) }
    }

    /// The next required field as text.
    mutating func text() throws(AuthProtocolError) -> String {
        guard let text = String(validating: try field(), as: UTF8.self) else { throw malformed }
        return text
    }

    /// The next required field as a decimal number of 32 bits.
    mutating func number() throws(AuthProtocolError) -> UInt32 {
        guard let number = Self.number(try field()) else { throw malformed }
        return number
    }

    mutating func version() throws(AuthProtocolError) -> AuthVersion {
        let major = try number()
        // Very old peers leave the minor version out.
        guard let field = optionalField() else { return AuthVersion(major: major, minor: 0) }
        guard let minor = Self.number(field) else { throw malformed }
        return AuthVersion(major: major, minor: minor)
    }

    /// All other fields as `name` or `name=value`; what follows a field called `last` is not looked at.
    mutating func parameters(last: String? = nil) throws(AuthProtocolError) -> AuthParameters {
        var parameters = AuthParameters()
        while let field = rest.popFirst() {
            guard let text = String(validating: TabEscaping.decode(field), as: UTF8.self) else { throw malformed }
            guard !text.isEmpty else { continue }
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(text[..<equals])
                parameters.append(name, String(text[text.utf8.index(after: equals)...]))
                if name == last { break }
            } else {
                parameters.append(text)
            }
        }
        return parameters
    }

    /// Reads 1 to 10 digits that fit 32 bits.
    static func number(_ digits: some Collection<UInt8>) -> UInt32? {
        guard (1...10).contains(digits.count) else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value &* 10 &+ UInt64(digit &- UInt8(ascii: "0"))
        }
        return UInt32(exactly: value)
    }
}

/// Builds a line field by field.
struct AuthLine {
    private(set) var bytes: [UInt8]

    init(_ command: String, _ id: UInt32? = nil) {
        bytes = [UInt8](command.utf8)
        if let id { add(id) }
    }

    mutating func add(_ number: UInt32) {
        bytes.append(0x09)
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func add(_ text: String) {
        add(bytes: text.utf8)
    }

    mutating func add(bytes field: some Sequence<UInt8>) {
        bytes.append(0x09)
        TabEscaping.append(field, to: &bytes)
    }

    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        add(name + "=" + value)
    }

    mutating func add(_ parameters: AuthParameters) {
        for (name, value) in parameters.items {
            if let value { add(name, value) } else { add(name) }
        }
    }

    consuming func finished() -> [UInt8] {
        bytes.append(0x0A)
        return bytes
    }
}
