// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// `regexp:`: POSIX regular expressions in the order of the source, regexp_table(5).
package struct RegexpTable: LookupTable {
    private struct Condition: Sendable {
        var pattern: CompiledPattern
        var isNegated: Bool
        /// The second half of `/pattern/!/pattern/`: what must not match as well.
        var exception: CompiledPattern?
        var groups = 0
    }

    package let specification: String
    private let rules: RuleList<Condition, ResultTemplate>
    private let multiline: Bool
    private let substitutesIntoAddress: Bool

    init(
        specification: String,
        lines: some Sequence<LogicalLines.Line>,
        multiline: Bool = false,
        substitution: TableUse.Substitution = .permitted,
        file: TableFile? = nil
    ) throws(TableOpenError) {
        self.specification = specification
        self.multiline = multiline
        let source = file?.source.path ?? specification
        rules = RuleList(lines, source: source, parse: Self.parse)
        substitutesIntoAddress = substitution == .intoAddress
        guard substitution == .refused, let line = rules.firstLine(where: { $0.highestGroup > 0 }) else { return }
        throw TableOpenError(
            specification: specification,
            reason: "\(source), line \(line): a result may not hold parts of the key ($1 …) here: "
                + "they would let a stranger choose it"
        )
    }

    package var notices: [TableNotice] { rules.notices }
    package var matchesPatterns: Bool { true }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        guard LookupKey.isAcceptable(key, multiline: multiline) else { return nil }
        var groups: [Range<Int>] = []
        do throws(CompiledPattern.MatchError) {
            let found = try rules.first { condition throws(CompiledPattern.MatchError) in
                let match = try condition.pattern.match(key, groups: condition.groups)
                guard (match != nil) != condition.isNegated else { return false }
                if let exception = condition.exception, try exception.match(key, groups: 0) != nil { return false }
                groups = match ?? []
                return true
            }
            guard let found else { return nil }
            // What could end the address is not put into one: the rule does not stand for such a key.
            return found.1.filled(subject: key, groups: groups, intoAddress: substitutesIntoAddress)
        } catch {
            throw LookupError(table: specification, reason: error.reason)
        }
    }

    private static func parse(
        _ line: String,
        _ remarks: inout [String]
    ) throws(RuleError) -> RuleList<Condition, ResultTemplate>.Rule {
        if RuleList<Condition, ResultTemplate>.isKeyword("endif", in: line) { return .end }
        let opens = RuleList<Condition, ResultTemplate>.isKeyword("if", in: line)
        var scanner = PatternScanner(Array(line.utf8), from: opens ? 2 : 0)
        scanner.skipSpace()
        let condition = try scanner.nextPattern()
        if opens {
            if !scanner.rest.isEmpty { remarks.append("text after the pattern of \"if\" is ignored") }
            return .begin(Condition(pattern: condition.pattern, isNegated: condition.isNegated))
        }
        var exception: CompiledPattern?
        if scanner.isAtException {
            exception = try scanner.nextPattern().pattern
        }
        let text = String(decoding: trimmingSpace(scanner.rest), as: UTF8.self)
        if text.isEmpty { remarks.append("no result after the pattern: the empty text is used") }
        let template = try ResultTemplate(text)
        guard template.highestGroup == 0 || !condition.isNegated else {
            throw RuleError("a negated pattern has no groups to put into the result")
        }
        guard template.highestGroup <= condition.pattern.groupCount else {
            throw RuleError("$\(template.highestGroup) is out of range: the pattern has no such group")
        }
        return .match(
            Condition(
                pattern: condition.pattern,
                isNegated: condition.isNegated,
                exception: exception,
                groups: template.highestGroup
            ),
            template
        )
    }
}

/// Takes `[!]/pattern/flags` from a line.
private struct PatternScanner {
    private let bytes: [UInt8]
    private var index: Int

    init(_ bytes: [UInt8], from index: Int) {
        self.bytes = bytes
        self.index = index
    }

    /// What has not been taken yet.
    var rest: ArraySlice<UInt8> { bytes[index...] }

    /// Whether a `!` follows the flags directly: the second half of `/pattern/!/pattern/`.
    var isAtException: Bool { rest.first == UInt8(ascii: "!") }

    mutating func skipSpace() {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    }

    // pattern = *"!" delimiter *( "\" CHAR / CHAR ) delimiter *( "i" / "m" / "x" )
    mutating func nextPattern() throws(RuleError) -> (pattern: CompiledPattern, isNegated: Bool) {
        var isNegated = false
        while index < bytes.count, bytes[index] == UInt8(ascii: "!") {
            isNegated.toggle()
            index += 1
            skipSpace()
        }
        guard index < bytes.count, bytes[index] < 0x80, !Self.isAlphanumeric(bytes[index]) else {
            throw RuleError("a pattern stands between delimiters, as in /pattern/")
        }
        let delimiter = bytes[index]
        let start = index + 1
        var end = start
        while end < bytes.count, bytes[end] != delimiter {
            end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < bytes.count else {
            throw RuleError("no closing delimiter \"\(String(decoding: [delimiter], as: UTF8.self))\"")
        }
        let source = String(decoding: bytes[start..<end], as: UTF8.self)
        index = end + 1
        return (try CompiledPattern(source, flags: try flags()), isNegated)
    }

    private mutating func flags() throws(RuleError) -> Int32 {
        var flags = REG_EXTENDED | REG_ICASE
        while index < bytes.count, !isSpace(bytes[index]), bytes[index] != UInt8(ascii: "!") {
            switch bytes[index] {
            case UInt8(ascii: "i"): flags ^= REG_ICASE
            case UInt8(ascii: "m"): flags ^= REG_NEWLINE
            case UInt8(ascii: "x"): flags ^= REG_EXTENDED
            default:
                throw RuleError("unknown flag \"\(String(decoding: [bytes[index]], as: UTF8.self))\" (known: i m x)")
            }
            index += 1
        }
        return flags
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }
}
