// SPDX-License-Identifier: Apache-2.0

extension CommandParser {
    // command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
    mutating func command() throws(CommandRefusal) -> IMAPCommand {
        let tag: IMAPTag
        do throws(IMAPSyntaxError) {
            tag = try self.tag()
            try space()
        } catch {
            throw .notACommand
        }
        var words = run { $0.isAtomCharacter }
        var numbering = MessageNumbering.sequence
        if equalIgnoringCase(words, "UID".utf8), take(UInt8(ascii: " ")) {
            numbering = .uid
            words = run { $0.isAtomCharacter }
        }
        let name = String(decoding: words.prefix(32).map(\.uppercased), as: UTF8.self)
        let command = numbering == .uid ? "UID \(name)" : name
        guard !words.isEmpty else {
            throw CommandRefusal(tag, .bad, text: "Error in IMAP command received by server.")
        }
        guard let verb = IMAPVerb(name: words), numbering == .sequence || Self.verbsWithUID.contains(verb) else {
            throw CommandRefusal(tag, .bad, text: "Error in IMAP command \(command): Unknown command.")
        }
        do throws(IMAPSyntaxError) {
            let request = try arguments(of: verb, numbering)
            try finish()
            return IMAPCommand(tag, request)
        } catch {
            throw CommandRefusal(tag, command: command, error)
        }
    }

    // uid = "UID" SP (copy / fetch / search / store), with EXPUNGE of RFC 4315 and MOVE of RFC 6851
    private static let verbsWithUID: Set<IMAPVerb> = [.copy, .expunge, .fetch, .move, .search, .store]

    private mutating func arguments(
        of verb: IMAPVerb,
        _ numbering: MessageNumbering
    ) throws(IMAPSyntaxError) -> IMAPRequest {
        switch verb {
        case .capability: return .capability
        case .noop: return .noop
        case .logout: return .logout
        case .startTLS: return .startTLS
        case .namespace: return .namespace
        case .idle: return .idle
        case .check: return .check
        case .close: return .close
        case .unselect: return .unselect
        case .expunge where numbering == .sequence: return .expunge(uids: nil)
        // APPEND ends with a literal, so the reader takes it before it is a whole command.
        case .append: throw .invalid("Missing literal.")
        default: break
        }
        try space()
        switch verb {
        case .authenticate: return try authenticate()
        case .login: return try login()
        case .id: return .id(try idFields())
        case .enable: return try enable()
        case .select: return .select(try mailbox())
        case .examine: return .examine(try mailbox())
        case .create: return .create(try mailbox())
        case .delete: return .delete(try mailbox())
        case .rename: return try rename()
        case .subscribe: return .subscribe(try mailbox())
        case .unsubscribe: return .unsubscribe(try mailbox())
        case .list: return .list(try listRequest())
        case .lsub: return try lsub()
        case .status: return try status()
        case .expunge: return .expunge(uids: try sequenceSet())
        case .search: return .search(try searchProgram(), numbering)
        case .fetch: return try fetch(numbering)
        case .store: return try store(numbering)
        case .copy, .move: return try transfer(verb, numbering)
        default: throw .invalid("Invalid arguments.")
        }
    }

    // authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")] (RFC 4959)
    private mutating func authenticate() throws(IMAPSyntaxError) -> IMAPRequest {
        let mechanism = try name()
        guard take(UInt8(ascii: " ")), !isAtEnd else {
            return .authenticate(mechanism: mechanism, initialResponse: nil)
        }
        let response = run { $0.isLetter || $0.isDigit || [0x2B, 0x2F, 0x3D].contains($0) }
        guard !response.isEmpty else {
            throw .invalid("Invalid initial response.")
        }
        let isEmpty = response.elementsEqual([UInt8(ascii: "=")])
        return .authenticate(mechanism: mechanism, initialResponse: isEmpty ? [] : Array(response))
    }

    // login = "LOGIN" SP userid SP password
    private mutating func login() throws(IMAPSyntaxError) -> IMAPRequest {
        let user = try astring()
        try space()
        return .login(user: user, password: Secret(try astring()))
    }

    // enable = "ENABLE" 1*(SP capability)
    private mutating func enable() throws(IMAPSyntaxError) -> IMAPRequest {
        var capabilities: [String] = []
        repeat {
            guard capabilities.count < limits.listItems else {
                throw .limit("Too many arguments.")
            }
            capabilities.append(try name())
        } while take(UInt8(ascii: " ")) && !isAtEnd
        return .enable(capabilities)
    }

    // rename = "RENAME" SP mailbox SP mailbox
    private mutating func rename() throws(IMAPSyntaxError) -> IMAPRequest {
        let old = try mailbox()
        try space()
        return .rename(old, to: try mailbox())
    }

    // lsub = "LSUB" SP mailbox SP list-mailbox
    private mutating func lsub() throws(IMAPSyntaxError) -> IMAPRequest {
        let reference = try listReference()
        try space()
        return .lsub(reference: reference, try listMailbox())
    }

    // status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
    private mutating func status() throws(IMAPSyntaxError) -> IMAPRequest {
        let mailbox = try mailbox()
        try space()
        return .status(mailbox, try statusItems())
    }

    /// fetch = "FETCH" SP sequence-set SP (…); a UID FETCH asks for the UID in any case (RFC 3501 section 6.4.8).
    private mutating func fetch(_ numbering: MessageNumbering) throws(IMAPSyntaxError) -> IMAPRequest {
        let set = try sequenceSet()
        try space()
        var items = try fetchItems()
        if numbering == .uid, !items.contains(.uid) {
            items.insert(.uid, at: 0)
        }
        return .fetch(set, items, numbering)
    }

    // store = "STORE" SP sequence-set SP store-att-flags
    private mutating func store(_ numbering: MessageNumbering) throws(IMAPSyntaxError) -> IMAPRequest {
        let set = try sequenceSet()
        try space()
        return .store(set, try flagChange(), numbering)
    }

    // copy = "COPY" SP sequence-set SP mailbox; move = "MOVE" SP sequence-set SP mailbox (RFC 6851)
    private mutating func transfer(
        _ verb: IMAPVerb,
        _ numbering: MessageNumbering
    ) throws(IMAPSyntaxError) -> IMAPRequest {
        let set = try sequenceSet()
        try space()
        let mailbox = try mailbox()
        return verb == .copy ? .copy(set, to: mailbox, numbering) : .move(set, to: mailbox, numbering)
    }
}
