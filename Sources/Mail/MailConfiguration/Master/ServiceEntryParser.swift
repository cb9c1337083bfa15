// SPDX-License-Identifier: Apache-2.0

/// The parser of one logical line of master.cf.
struct ServiceEntryParser {
    private let line: LogicalLines.Line
    private let file: String
    private(set) var diagnostics: [Diagnostic] = []

    init(line: LogicalLines.Line, file: String) {
        self.line = line
        self.file = file
    }

    /// Returns the entry, or nil where an error makes it useless.
    mutating func parse() -> ServiceEntry? {
        let words = Self.words(line.text)
        guard words.count >= 8 else {
            report(
                .error,
                "the line has \(words.count) of the 8 columns service, type, private, unpriv, chroot, wakeup, maxproc, command"
            )
            return nil
        }
        let kind = ServiceEntry.Kind(rawValue: words[1])
        if kind == nil {
            let near = NearestName.find(words[1], in: ServiceEntry.Kind.allCases.map(\.rawValue))
            report(.error, "\"\(words[1])\" is not a service type: inet, unix, unix-dgram, fifo or pass", near)
        }
        let isPrivate = flag(words[2], column: "private", default: true)
        let isUnprivileged = flag(words[3], column: "unpriv", default: true)
        let isChrooted = flag(words[4], column: "chroot", default: false)
        let wakeUp = wakeUp(words[5])
        let processLimit = processLimit(words[6])
        checkName(words[0], kind, isPrivate)
        let (arguments, overrides) = arguments(words[8...])
        guard let kind, let isPrivate, let isUnprivileged, let isChrooted, let wakeUp, let processLimit,
            !diagnostics.containsErrors
        else { return nil }
        return ServiceEntry(
            name: words[0],
            kind: kind,
            isPrivate: isPrivate,
            isUnprivileged: isUnprivileged,
            isChrooted: isChrooted,
            wakeUp: wakeUp,
            processLimit: processLimit.limit,
            command: words[7],
            arguments: arguments,
            overrides: overrides,
            file: file,
            line: line.number
        )
    }

    /// Splits at white space only; a group in braces stays together.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{"), depth > 0 || word.isEmpty { depth += 1 }
            if byte == UInt8(ascii: "}"), depth > 0 { depth -= 1 }
            if depth == 0, ListSyntax.isBlank(byte) {
                if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
                word.removeAll(keepingCapacity: true)
            } else {
                word.append(byte)
            }
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    private mutating func flag(_ text: String, column: String, default value: Bool) -> Bool? {
        switch text {
        case "-": return value
        case "y": return true
        case "n": return false
        default:
            report(.error, "column \(column): \"\(text)\" is none of y, n, -")
            return nil
        }
    }

    private mutating func wakeUp(_ text: String) -> ServiceEntry.WakeUp? {
        if text == "-" { return ServiceEntry.WakeUp(seconds: 0) }
        let onlyIfUsed = text.hasSuffix("?")
        let digits = onlyIfUsed ? text.dropLast() : text[...]
        guard let seconds = Int(digits), seconds >= 0, digits.first != "+" else {
            report(.error, "column wakeup: \"\(text)\" is not a number of seconds")
            return nil
        }
        return ServiceEntry.WakeUp(seconds: seconds, onlyIfUsed: onlyIfUsed)
    }

    private mutating func processLimit(_ text: String) -> (limit: Int?, Void)? {
        if text == "-" { return (nil, ()) }
        guard let limit = Int(text), limit >= 0, !text.hasPrefix("+") else {
            report(.error, "column maxproc: \"\(text)\" is not a number of processes")
            return nil
        }
        return (limit, ())
    }

    private mutating func checkName(_ name: String, _ kind: ServiceEntry.Kind?, _ isPrivate: Bool?) {
        if kind == .inet {
            if ServiceEntry.Endpoint(name) == nil {
                report(.error, "\"\(name)\" is not a port, host:port or [address]:port")
            }
            if isPrivate == true { report(.error, "an inet service cannot be private: write n in column private") }
        } else if kind != nil, name.hasPrefix("/") || name.split(separator: "/").contains("..") {
            report(.error, "\"\(name)\" leaves the queue's folder")
        }
    }

    private mutating func arguments(_ words: ArraySlice<String>) -> ([String], [ServiceEntry.Override]) {
        var arguments: [String] = []
        var overrides: [ServiceEntry.Override] = []
        var rest = words
        while let word = rest.popFirst() {
            let text: String
            if word == "-o" {
                guard let next = rest.popFirst() else {
                    report(.error, "there is no name=value after -o")
                    break
                }
                text = next
            } else if word.hasPrefix("-o"), word.utf8.contains(UInt8(ascii: "=")), !word.hasPrefix("-o=") {
                text = String(word.dropFirst(2))
            } else {
                arguments.append(ListSyntax.unbraced(word))
                continue
            }
            switch MainFile.parse(ListSyntax.unbraced(text)) {
            case .success((let name, let value)):
                if !text.hasPrefix("{"), value.isEmpty, rest.first.map({ !$0.hasPrefix("-") }) ?? false,
                    text.hasSuffix("=")
                {
                    report(
                        .warning,
                        "-o \(name)= is empty, and \"\(rest.first ?? "")\" is an argument: no white space around \"=\", or braces"
                    )
                }
                overrides.append(ServiceEntry.Override(name: name, value: value))
            case .failure:
                report(.error, "-o \(text): there is no \"=\"; write -o name=value or -o { name = value }")
            }
        }
        return (arguments, overrides)
    }

    private mutating func report(_ severity: Diagnostic.Severity, _ message: String, _ suggestion: String? = nil) {
        diagnostics.append(Diagnostic(severity, file: file, line: line.number, message, suggestion: suggestion))
    }
}
