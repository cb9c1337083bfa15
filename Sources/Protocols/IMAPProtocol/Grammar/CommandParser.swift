// SPDX-License-Identifier: Apache-2.0

/// A cursor over the bytes of one whole command, literals included, with the parsers of the small productions.
///
/// The productions with a type of their own have their parser beside that type. A parser that throws leaves the cursor
/// anywhere: the command is refused as a whole.
struct CommandParser {
    /// The bytes; those from `position` up to `end` are still to be parsed.
    let input: [UInt8]
    /// The next byte to parse.
    var position: Int
    /// One past the last byte of the command, without its line end.
    let end: Int
    /// What one command may ask for.
    let limits: CommandLimits
    /// How many search keys this command has named.
    var searchKeyCount = 0

    init(_ input: [UInt8], _ range: Range<Int>, limits: CommandLimits) {
        self.input = input
        self.limits = limits
        let range = range.clamped(to: 0..<input.count)
        position = range.lowerBound
        end = range.upperBound
    }

    /// Makes a parser of a whole value on its own.
    init(_ input: [UInt8], limits: CommandLimits = .session) {
        self.init(input, 0..<input.count, limits: limits)
    }

    /// The next byte, or nil at the end.
    var next: UInt8? { position < end ? input[position] : nil }

    /// Whether everything was parsed.
    var isAtEnd: Bool { position >= end }

    /// Takes the next byte if it is the given one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else {
            return false
        }
        position += 1
        return true
    }

    /// Takes the given word without regard to case, if it comes next and a letter does not follow it.
    mutating func take(word: String) -> Bool {
        let word = word.utf8
        guard end - position >= word.count,
            equalIgnoringCase(input[position..<position + word.count], word)
        else {
            return false
        }
        let after = position + word.count
        guard after == end || !input[after].isLetter else {
            return false
        }
        position = after
        return true
    }

    /// Requires the given byte.
    mutating func require(_ byte: UInt8, _ expected: String = "Invalid arguments.") throws(IMAPSyntaxError) {
        guard take(byte) else {
            throw .invalid(expected)
        }
    }

    /// Requires one space.
    mutating func space() throws(IMAPSyntaxError) {
        try require(UInt8(ascii: " "), isAtEnd ? "Missing arguments." : "Invalid arguments.")
    }

    /// Requires the end of the command; spaces before it are borne, since old clients send them.
    mutating func finish() throws(IMAPSyntaxError) {
        while take(UInt8(ascii: " ")) {}
        guard isAtEnd else {
            throw .invalid("Unexpected extra arguments.")
        }
    }

    /// Takes the longest run of bytes of a class; it may be empty.
    mutating func run(while belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while position < end, belongs(input[position]) {
            position += 1
        }
        return input[start..<position]
    }

    // atom = 1*ATOM-CHAR
    mutating func atom() throws(IMAPSyntaxError) -> ArraySlice<UInt8> {
        let atom = run { $0.isAtomCharacter }
        guard !atom.isEmpty else {
            throw .invalid(isAtEnd ? "Missing arguments." : "Invalid arguments.")
        }
        return atom
    }

    /// An atom as upper-case text: the name of a command, item or attribute.
    mutating func name() throws(IMAPSyntaxError) -> String {
        String(decoding: try atom().map(\.uppercased), as: UTF8.self)
    }

    /// Parses values in parentheses, separated by one space: `"(" [value *(SP value)] ")"`.
    mutating func list<Value>(
        atMost limit: Int,
        allowsEmpty: Bool = false,
        _ value: (inout CommandParser) throws(IMAPSyntaxError) -> Value
    ) throws(IMAPSyntaxError) -> [Value] {
        try require(UInt8(ascii: "("))
        var values: [Value] = []
        if allowsEmpty, take(UInt8(ascii: ")")) {
            return values
        }
        repeat {
            guard values.count < limit else {
                throw .limit("Too many arguments.")
            }
            values.append(try value(&self))
        } while take(UInt8(ascii: " "))
        try require(UInt8(ascii: ")"))
        return values
    }
}
