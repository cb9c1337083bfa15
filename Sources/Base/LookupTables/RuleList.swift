// SPDX-License-Identifier: Apache-2.0

/// The rules of a `cidr:` or `regexp:` table in their order, with `if` and `endif` resolved to jumps.
struct RuleList<Condition: Sendable, Result: Sendable>: Sendable {
    enum Step: Sendable {
        /// Where the condition holds, the lookup ends with the result.
        case match(Condition, Result)
        /// Where the condition does not hold, the lookup goes on at the step of this index.
        case unless(Condition, goTo: Int)
        /// The lookup goes on at the step of this index.
        case skip(goTo: Int)
    }

    /// What one line of a source says.
    enum Rule {
        case match(Condition, Result)
        case begin(Condition)
        case end
    }

    private(set) var steps: [Step] = []
    /// The line of each step.
    private var lines: [Int] = []
    private(set) var notices: [TableNotice] = []

    /// Reads the rules of `lines`; a line that `parse` refuses is skipped with a notice that says why.
    init(
        _ lines: some Sequence<LogicalLines.Line>,
        source: String,
        parse: (String, inout [String]) throws(RuleError) -> Rule
    ) {
        var open: [(step: Int, line: Int)] = []
        for line in lines {
            guard !line.text.contains(0), let text = String(validating: line.text, as: UTF8.self) else {
                notices.append(TableNotice(source: source, line: line.number, text: "not UTF-8 text; rule skipped"))
                continue
            }
            do throws(RuleError) {
                var remarks: [String] = []
                let rule = try parse(text, &remarks)
                notices += remarks.map { TableNotice(source: source, line: line.number, text: $0) }
                switch rule {
                case .match(let condition, let result):
                    add(.match(condition, result), line.number)
                case .begin(let condition):
                    open.append((steps.count, line.number))
                    add(.unless(condition, goTo: .max), line.number)
                case .end:
                    guard let begin = open.popLast() else { throw RuleError("endif without if") }
                    close(begin.step)
                }
            } catch {
                notices.append(
                    TableNotice(source: source, line: line.number, text: "\(error.reason); rule skipped")
                )
                // The lines up to the "endif" of a broken "if" were meant for some keys only.
                if Self.isKeyword("if", in: text) {
                    open.append((steps.count, line.number))
                    add(.skip(goTo: .max), line.number)
                }
            }
        }
        for begin in open.reversed() {
            close(begin.step)
            notices.append(TableNotice(source: source, line: begin.line, text: "if without endif"))
        }
    }

    private mutating func add(_ step: Step, _ line: Int) {
        steps.append(step)
        lines.append(line)
    }

    private mutating func close(_ step: Int) {
        switch steps[step] {
        case .unless(let condition, _): steps[step] = .unless(condition, goTo: steps.count)
        case .skip: steps[step] = .skip(goTo: steps.count)
        case .match: break
        }
    }

    /// Returns the result of the first rule whose condition holds.
    func first<Failure>(where holds: (Condition) throws(Failure) -> Bool) throws(Failure) -> (Condition, Result)? {
        var index = 0
        while index < steps.count {
            switch steps[index] {
            case .match(let condition, let result):
                if try holds(condition) { return (condition, result) }
                index += 1
            case .unless(let condition, let end):
                index = try holds(condition) ? index + 1 : end
            case .skip(let end):
                index = end
            }
        }
        return nil
    }

    /// The line of the first result that `holds` is true of.
    func firstLine(where holds: (Result) -> Bool) -> Int? {
        for (step, line) in zip(steps, lines) {
            if case .match(_, let result) = step, holds(result) { return line }
        }
        return nil
    }

    /// Tells whether `text` begins with the word, in any case, and a non-word character follows.
    static func isKeyword(_ word: String, in text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count >= word.utf8.count, zip(bytes, word.utf8).allSatisfy({ $0 | 0x20 == $1 }) else {
            return false
        }
        guard let next = bytes.dropFirst(word.utf8.count).first else { return true }
        return !(next | 0x20 >= UInt8(ascii: "a") && next | 0x20 <= UInt8(ascii: "z")) && next < 0x80
            && !(next >= 0x30 && next <= 0x39)
    }
}

/// Why a rule is skipped.
struct RuleError: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
