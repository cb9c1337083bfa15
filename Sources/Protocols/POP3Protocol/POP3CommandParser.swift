// SPDX-License-Identifier: Apache-2.0

import SASL

/// Reads one command line (RFC 1939 section 3), without its line end.
package enum POP3CommandParser {
    /// What a line turned out to be.
    package enum Outcome: Equatable, Sendable {
        /// A command.
        case command(POP3Command)
        /// A line to be answered with this.
        case refused(POP3Reply)
    }

    /// Longest command without its CRLF (RFC 2449 section 4 says 255 with it; long passwords and names need more).
    package static let lineLimit = 1024

    /// Reads a line; `responseLimit` bounds an initial response in base64 digits.
    package static func parse(
        _ line: ArraySlice<UInt8>,
        responseLimit: Int = SASLResponseLine.defaultLimit
    ) -> Outcome {
        let verb = line.prefix { $0 != 0x20 }
        let name = String(
            decoding: verb.prefix(16).map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 & 0xDF : $0 },
            as: UTF8.self
        )
        // PASS takes its argument as it is; every byte may belong to the password.
        if name == "PASS" {
            guard verb.endIndex < line.endIndex else { return .refused(.error("No password given.")) }
            let password = line[(verb.endIndex + 1)...]
            // No mechanism can carry a NUL; cut off there, another password would be checked.
            guard !password.contains(0) else { return .refused(.error("Bad characters in password.")) }
            return .command(.pass(SASLSecret([UInt8](password))))
        }
        guard !line.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return .refused(.error("Bad characters in command."))
        }
        let words = line[verb.endIndex...].split(separator: 0x20, maxSplits: 3)
        return command(name, words, line[verb.endIndex...], responseLimit)
    }

    private static func command(
        _ name: String,
        _ words: [ArraySlice<UInt8>],
        _ rest: ArraySlice<UInt8>,
        _ responseLimit: Int
    ) -> Outcome {
        switch name {
        case "USER":
            guard let text = String(validating: rest.drop { $0 == 0x20 }, as: UTF8.self), !text.isEmpty else {
                return .refused(.error("No username given."))
            }
            return .command(.user(text))
        case "APOP": return .command(.apop)
        case "AUTH": return auth(words, responseLimit)
        case "STLS": return bare(.startTLS, words)
        case "CAPA": return bare(.capabilities, words)
        case "STAT": return bare(.stat, words)
        case "LIST": return optionalNumber(words) { .list($0) }
        case "UIDL": return optionalNumber(words) { .uniqueIDs($0) }
        case "RETR": return number(words) { .retrieve($0) }
        case "DELE": return number(words) { .delete($0) }
        case "TOP":
            guard words.count == 2, let message = number(words[0]), message > 0 else { return .refused(invalid(words)) }
            guard let lines = number(words[1]) else { return .refused(.error("Invalid number of lines.")) }
            return .command(.top(message, lines: lines))
        case "LAST": return bare(.last, words)
        case "NOOP": return bare(.noop, words)
        case "RSET": return bare(.reset, words)
        case "QUIT": return bare(.quit, words)
        default: return .refused(.error("Unknown command: \(name)"))
        }
    }

    // "AUTH" [mechanism [SP initial-response]] (RFC 5034 section 4)
    private static func auth(_ words: [ArraySlice<UInt8>], _ responseLimit: Int) -> Outcome {
        guard let mechanism = words.first else { return .command(.authList) }
        guard words.count <= 2, mechanism.count <= 20 else { return .refused(.error("Invalid AUTH command.")) }
        let name = String(decoding: mechanism, as: UTF8.self).uppercased()
        guard words.count == 2 else { return .command(.auth(mechanism: name, initialResponse: nil)) }
        switch SASLResponseLine(initial: words[1], limit: responseLimit) {
        case .response(let response): return .command(.auth(mechanism: name, initialResponse: response))
        case .tooLong: return .refused(.error("Authentication response too long."))
        case .cancel, .malformed: return .refused(.error("Invalid base64 data in initial response."))
        }
    }

    private static func bare(_ command: POP3Command, _ words: [ArraySlice<UInt8>]) -> Outcome {
        words.isEmpty ? .command(command) : .refused(.error("Noise after command."))
    }

    private static func optionalNumber(_ words: [ArraySlice<UInt8>], _ make: (Int?) -> POP3Command) -> Outcome {
        guard !words.isEmpty else { return .command(make(nil)) }
        return number(words) { make($0) }
    }

    private static func number(_ words: [ArraySlice<UInt8>], _ make: (Int) -> POP3Command) -> Outcome {
        guard words.count == 1, let number = number(words[0]), number > 0 else { return .refused(invalid(words)) }
        return .command(make(number))
    }

    private static func invalid(_ words: [ArraySlice<UInt8>]) -> POP3Reply {
        .error("Invalid message number: " + String(decoding: words.first?.prefix(32) ?? [], as: UTF8.self))
    }

    /// Reads 1 to 10 digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...10).contains(digits.count) else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value &* 10 &+ Int(digit &- UInt8(ascii: "0"))
        }
        return value
    }
}
