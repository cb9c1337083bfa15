// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// The mail that comes in, and is read, while processes are killed.
///
/// Every message has a number and goes one of the ways that mail takes: to one mailbox or two, to a mailbox that now and
/// then takes nothing, to nobody (which the sender is told), to a system user, through an alias of the system. Some are
/// larger than what cleanup keeps in memory.
struct CrashLoad: Sendable {
    let instance: MailInstance
    let ledger: CrashLedger
    /// Whether system users get mail, for which relais must be root.
    let hasLocalUsers = Surroundings.isRoot

    static let systemDomain = "system.test"
    /// A system user that every Debian has.
    static let systemUser = "games"

    static func setUp(_ setup: inout InstanceSetup, _ folder: TemporaryFolder) {
        setup.users.append(("dave", "secret-d"))
        setup.aliases = ["ghost@example.test missing@example.test"]
        setup.main += [
            "import_environment = RELAIS_CRASH_POINT_FILE=\(folder[CrashKiller.controlFile])",
            "smtpd_sasl_auth_enable = yes",
            // What a killed cleanup left half-written is only found by looking.
            "queue_run_delay = 1s", "minimal_backoff_time = 1s", "maximal_backoff_time = 2s",
        ]
        guard Surroundings.isRoot else { return }
        _ = try? folder.makeFolder("mbox", mode: 0o2775)
        if let mail = getgrnam("mail") { chown(folder["mbox"], 0, mail.pointee.gr_gid) }
        chmod(folder["mbox"], 0o2775)
        _ = try? folder.write("etc/aliases", "list: alice@example.test\n")
        setup.main += [
            "mydestination = localhost.example.test, \(systemDomain)", "mail_spool_directory = \(folder["mbox"])",
            "alias_maps = texthash:\(folder["etc/aliases"])",
            "local_recipient_maps = unix:passwd.byname $alias_maps",
        ]
    }

    // MARK: Senders

    /// Sends numbered messages until the ledger is closed; a connection that breaks is made anew.
    func send(_ sender: Int) {
        var number = 0
        while !ledger.isOver {
            do {
                let client = try RawClient(port: instance.ports.smtp)
                _ = try client.reply()
                _ = try client.command("EHLO crash.test")
                let credentials = Data("\0carol@example.test\0secret-c".utf8).base64EncodedString()
                // Without a log-in the mail is taken as well; the attempt is what auth is killed in.
                if sender % 2 == 0 { _ = try client.command("AUTH PLAIN \(credentials)") }
                for _ in 0..<25 where !ledger.isOver {
                    number += 1
                    try send("m\(sender)-\(number)", number, to: client)
                    usleep(15_000)
                }
                _ = try client.command("QUIT")
            } catch {
                ledger.refuse()
                usleep(20_000)
            }
        }
    }

    private func send(_ name: String, _ number: Int, to client: RawClient) throws {
        let (addresses, mailboxes) = destination(number)
        guard try client.command("MAIL FROM:<carol@example.test>").code == 250 else { return refused(client) }
        for address in addresses {
            guard try client.command("RCPT TO:<\(address)>").code == 250 else { return refused(client) }
        }
        guard try client.command("DATA").code == 354 else { return refused(client) }
        let line = String(repeating: "x", count: 70) + "\r\n"
        let body = String(repeating: line, count: number % 50 == 7 ? 2500 : 2)
        try client.send("Subject: \(name)\r\n\r\n\(body)end of \(name)\r\n.\r\n")
        let reply = try client.reply()
        guard reply.code == 250 else { return ledger.refuse() }
        let id = reply.text.split(separator: " ").last.map(String.init) ?? ""
        ledger.acknowledge(CrashLedger.Acknowledged(name: name, mailboxes: mailboxes, queueID: id))
    }

    private func refused(_ client: RawClient) {
        ledger.refuse()
        _ = try? client.command("RSET")
    }

    private func destination(_ number: Int) -> (addresses: [String], mailboxes: [String]) {
        switch number % 10 {
        // The marks in the queue file matter only with several recipients.
        case 0, 5: (["alice@example.test", "bob@example.test"], ["alice", "bob"])
        case 1: (["bob@example.test", "dave@example.test"], ["bob", "dave"])
        case 2: (["ghost@example.test"], ["report"])
        case 3: (["alice@example.test", "ghost@example.test"], ["alice", "report"])
        case 4: (["dave@example.test"], ["dave"])
        case 6 where hasLocalUsers: (["\(Self.systemUser)@\(Self.systemDomain)"], [Self.systemUser])
        case 7 where hasLocalUsers: (["list@\(Self.systemDomain)"], ["alice"])
        case 8: (["alice@example.test"], ["alice"])
        default: (["bob@example.test"], ["bob"])
        }
    }

    // MARK: Others

    /// Reads bob's mail by IMAP, which moves it from `new/` to `cur/`, until the ledger is closed.
    func read() {
        while !ledger.isOver {
            do {
                let client = try RawClient(port: instance.ports.imap)
                _ = try client.line()
                try client.complete("LOGIN bob@example.test secret-b")
                try client.complete("SELECT INBOX")
                for _ in 0..<20 where !ledger.isOver {
                    try client.complete("NOOP")
                    try client.complete("FETCH * (FLAGS BODY.PEEK[HEADER])")
                    usleep(50_000)
                }
                try client.complete("LOGOUT")
            } catch {
                usleep(50_000)
            }
        }
    }

    /// Makes dave's mailbox take nothing every other half second, so that mail is deferred and tried again.
    func obstruct() {
        let tmp = instance.folder["mail/dave/Maildir/tmp"]
        var isClosed = false
        while !ledger.isOver {
            isClosed.toggle()
            chmod(tmp, isClosed ? 0o500 : 0o700)
            usleep(500_000)
        }
        chmod(tmp, 0o700)
    }
}

extension RawClient {
    /// Sends an IMAP command and reads up to its tagged answer, which must be OK.
    ///
    /// - Returns: The untagged lines.
    /// - Throws: `Failure` for NO and BAD, and when the connection breaks.
    @discardableResult
    func complete(_ command: String) throws -> [String] {
        try send("a \(command)\r\n")
        return try completion(of: command)
    }

    /// Reads up to the tagged answer, which must be OK.
    func completion(of command: String) throws -> [String] {
        var lines: [String] = []
        while let line = try line() {
            guard line.hasPrefix("a ") else {
                lines.append(line)
                continue
            }
            guard line.hasPrefix("a OK") else { throw Failure(description: "\(command): \(line)") }
            return lines
        }
        throw Failure(description: "\(command): the stream has ended")
    }
}
