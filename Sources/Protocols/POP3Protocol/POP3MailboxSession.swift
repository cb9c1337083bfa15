// SPDX-License-Identifier: Apache-2.0

/// A message in the maildrop as it was when the session began.
package struct POP3Message: Equatable, Sendable {
    /// Its size in octets as RETR sends it, with CRLF line ends and without dot-stuffing.
    package var size: Int

    /// Its unique id: 1 to 70 printable characters that never change (RFC 1939 section 7, UIDL).
    package var uniqueID: String

    /// Makes a message.
    package init(size: Int, uniqueID: String) {
        self.size = size
        self.uniqueID = uniqueID
    }
}

/// What pop3d does next; each but `close` is answered by a call on the session.
package enum POP3MailboxAction: Equatable, Sendable {
    /// Send this, read a line, call `receive`.
    case send([UInt8])

    /// Open this message (counted from 0), send the bytes, encode it with `POP3MessageEncoder`, go on as with `send`.
    ///
    /// Where it cannot be opened, send `messageGone` instead. `bodyLines` is nil for the whole message.
    case retrieve(index: Int, bodyLines: Int?, [UInt8])

    /// The UPDATE state: delete these messages (counted from 0), call `updated`.
    case update([Int])

    /// Send this and close the connection.
    case close([UInt8])
}

/// The TRANSACTION and UPDATE states (RFC 1939 sections 5 and 6) as a machine without input and output.
///
/// Where the connection ends without QUIT nothing is deleted: drop the session.
package struct POP3MailboxSession: Equatable, Sendable {
    private let messages: [POP3Message]
    private let errorLimit: Int
    private var deleted: Set<Int> = []
    private var octets: Int
    private var highest = 0
    private var errors = 0
    private var isUpdating = false

    /// The messages that RETR was given for, which the store may mark as seen.
    package private(set) var retrieved: Set<Int> = []

    /// Makes a session on a maildrop; after `errorLimit` bad commands it is closed (Dovecot: 20).
    package init(_ messages: [POP3Message], errorLimit: Int = 20) {
        self.messages = messages
        self.errorLimit = errorLimit
        octets = messages.reduce(0) { $0 &+ $1.size }
    }

    /// Most octets of a line without its end.
    package var lineLimit: Int { POP3CommandParser.lineLimit }

    /// The reply to the log-in, which pop3d sends once the maildrop is open.
    package static let loggedIn = POP3Reply.ok("Logged in.").bytes

    /// The reply where a message's file is no longer there, deleted by another session.
    package static let messageGone = POP3Reply.error(.temporary, "Message is not there any more.").bytes

    /// Takes a line.
    package mutating func receive(_ line: ArraySlice<UInt8>) -> POP3MailboxAction {
        guard !isUpdating else { return .close([]) }
        switch POP3CommandParser.parse(line) {
        case .refused(let reply): return refuse(reply)
        case .command(let command): return perform(command)
        }
    }

    /// Ends the session after the UPDATE state.
    package mutating func updated(isSuccess: Bool) -> POP3MailboxAction {
        guard isSuccess else {
            return .close(POP3Reply.error(.temporary, "Logging out, some messages could not be deleted.").bytes)
        }
        return .close(POP3Reply.ok(deleted.isEmpty ? "Logging out." : "Logging out, messages deleted.").bytes)
    }

    private mutating func perform(_ command: POP3Command) -> POP3MailboxAction {
        switch command {
        case .stat: return .send(POP3Reply.ok("\(messages.count - deleted.count) \(octets)").bytes)
        case .list(let number): return listing(number, "messages:") { "\($0.size)" }
        case .uniqueIDs(let number): return listing(number, "") { $0.uniqueID }
        case .retrieve(let number):
            return with(number) { session, index in
                session.highest = max(session.highest, number)
                session.retrieved.insert(index)
                let reply = POP3Reply.ok("\(session.messages[index].size) octets")
                return .retrieve(index: index, bodyLines: nil, reply.bytes)
            }
        case .top(let number, let lines):
            return with(number) { session, index in
                session.highest = max(session.highest, number)
                return .retrieve(index: index, bodyLines: lines, POP3Reply.ok().bytes)
            }
        case .delete(let number):
            return with(number) { session, index in
                session.deleted.insert(index)
                session.octets &-= session.messages[index].size
                session.highest = max(session.highest, number)
                return .send(POP3Reply.ok("Marked to be deleted.").bytes)
            }
        case .last: return .send(POP3Reply.ok("\(highest)").bytes)
        case .noop: return .send(POP3Reply.ok().bytes)
        case .reset:
            deleted = []
            octets = messages.reduce(0) { $0 &+ $1.size }
            highest = 0
            return .send(POP3Reply.ok().bytes)
        case .capabilities: return .send(POP3Capabilities().bytes)
        case .quit:
            isUpdating = true
            return .update(deleted.sorted())
        case .user, .pass, .apop, .auth, .authList, .startTLS:
            return refuse(.error("Already logged in."))
        }
    }

    /// Finds a message that is not deleted.
    private mutating func with(
        _ number: Int,
        _ body: (inout POP3MailboxSession, Int) -> POP3MailboxAction
    ) -> POP3MailboxAction {
        let index = number - 1
        guard messages.indices.contains(index) else { return refuse(.error("There's no message \(number).")) }
        guard !deleted.contains(index) else { return refuse(.error("Message is deleted.")) }
        errors = 0
        return body(&self, index)
    }

    // scan-listing / unique-id listing: message number, space, value
    private mutating func listing(
        _ number: Int?,
        _ title: String,
        _ value: @escaping (POP3Message) -> String
    ) -> POP3MailboxAction {
        if let number {
            return with(number) { .send(POP3Reply.ok("\(number) \(value($0.messages[$1]))").bytes) }
        }
        let count = messages.count - deleted.count
        var out = POP3Reply.ok(title.isEmpty ? "" : "\(count) \(title)").bytes
        out.reserveCapacity(out.count + count * 24)
        for (index, message) in messages.enumerated() where !deleted.contains(index) {
            out.append(contentsOf: String(index + 1).utf8)
            out.append(UInt8(ascii: " "))
            out.append(contentsOf: value(message).utf8)
            out.append(0x0D)
            out.append(0x0A)
        }
        out.append(contentsOf: ".\r\n".utf8)
        return .send(out)
    }

    private mutating func refuse(_ reply: POP3Reply) -> POP3MailboxAction {
        errors &+= 1
        guard errors < errorLimit else { return .close(reply.bytes + POP3Reply.error("Too many bad commands.").bytes) }
        return .send(reply.bytes)
    }
}
