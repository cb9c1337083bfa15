// SPDX-License-Identifier: Apache-2.0
internal import MailAddress
internal import MailConfiguration
internal import MailStatus

/// The right-hand side of an access table (access(5), ACCEPT ACTIONS, REJECT ACTIONS, OTHER ACTIONS).
enum AccessResult: Equatable {
    /// A status that the text began with, and the rest of it; empty where the table gives none.
    struct Words: Equatable {
        var status: EnhancedStatus?
        var text: String
    }

    case ok
    case dunno
    /// `4NN text`, `5NN text`.
    case code(Int, Words)
    case reject(Words)
    case `defer`(Words)
    case deferIfPermit(Words)
    case deferIfReject(Words)
    case act(AccessAction)
    /// `FILTER transport:destination`.
    case filter(String)
    /// A list of restrictions or classes.
    case restrictions([String])
    /// What it is not: one sentence.
    case invalid(String)

    init(_ result: String) {
        let value = ListSyntax.trimmed(result)
        let word = value.prefix { $0 != " " && $0 != "\t" }
        let rest = ListSyntax.trimmed(value.dropFirst(word.count))
        switch word.uppercased() {
        case "OK": self = .ok
        case "DUNNO": self = .dunno
        case "REJECT": self = .reject(Words(rest))
        case "DEFER": self = .defer(Words(rest))
        case "DEFER_IF_PERMIT": self = .deferIfPermit(Words(rest))
        case "DEFER_IF_REJECT": self = .deferIfReject(Words(rest))
        case "WARN": self = .act(.log("warn", text: rest))
        case "INFO": self = .act(.log("info", text: rest))
        case "HOLD": self = .act(.hold(rest))
        case "DISCARD": self = .act(.discard(rest))
        case "REDIRECT": self = Self.address(rest, word) { .redirect($0) }
        case "BCC": self = Self.address(rest, word) { .bcc($0) }
        case "PREPEND": self = Self.isField(rest) ? .act(.prepend(rest)) : .invalid("PREPEND \(rest): no header field")
        case "FILTER": self = .filter(rest)
        case "": self = .invalid("an empty result")
        default: self = Self.other(value, word, rest)
        }
    }

    private static func other(_ value: String, _ word: Substring, _ rest: String) -> AccessResult {
        let isNumber = word.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber else { return .restrictions(ListSyntax.split(value)) }
        // Three digits alone are meant as a reply; other numbers are time stamps of POP before SMTP, and mean OK.
        if word.utf8.count == 3, let code = Int(word), (400..<600).contains(code) { return .code(code, Words(rest)) }
        return rest.isEmpty ? .ok : .invalid("\(value): no reply code")
    }

    private static func address(
        _ text: String,
        _ word: Substring,
        _ action: (EmailAddress) -> AccessAction
    ) -> AccessResult {
        guard let address = EmailAddress(text), !address.isNull, !address.domain.isEmpty else {
            return .invalid("\(word) \(text): no address")
        }
        return .act(action(address))
    }

    /// Whether a text is a header field: a name of RFC 5322 section 2.2, a colon, and nothing that ends the line.
    private static func isField(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else { return false }
        return text[..<colon].utf8.allSatisfy { (33...126).contains($0) }
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } && text.utf8.count <= 900
    }
}

extension AccessResult.Words {
    init(_ text: String) {
        guard let status = EnhancedStatus(beginning: text), status.statusClass != .success else {
            self.init(status: nil, text: text)
            return
        }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        self.init(status: status, text: ListSyntax.trimmed(text.dropFirst(word.count)))
    }
}
