// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration

/// What master knows of an executable of relais before it starts one: whose its sockets are, and who may connect.
///
/// The executable itself declares the same (`--rights`), and a test compares the two.
package struct ProgramTable: Sendable {
    /// Who reaches a socket of a program in the queue folder.
    ///
    /// The mode of the socket keeps strangers from filling its backlog; the program itself decides by the peer's uid.
    package enum Audience: Sendable, Equatable {
        /// Processes of the program's own account, and root.
        case own
        /// Those, and the processes of one other account.
        case account(AccountRole)
        /// Every account, users' processes too.
        case everybody
    }

    /// A program.
    package struct Row: Sendable {
        package let program: String
        package let role: AccountRole
        package let audience: Audience
        /// Whether master runs it without a line in master.cf, as a service of the program's name.
        package let isImplied: Bool
    }

    private static let rows: [Row] = [
        Row(program: "smtpd", role: .network, audience: .account(.mailOwner), isImplied: false),
        Row(program: "cleanup", role: .mailOwner, audience: .account(.network), isImplied: false),
        Row(program: "qmgr", role: .mailOwner, audience: .own, isImplied: false),
        Row(program: "bounce", role: .mailOwner, audience: .own, isImplied: false),
        Row(program: "local", role: .mailOwner, audience: .own, isImplied: false),
        Row(program: "virtual", role: .mailOwner, audience: .own, isImplied: false),
        Row(program: "auth", role: .secrets, audience: .account(.network), isImplied: false),
        Row(program: "proxymap", role: .secrets, audience: .everybody, isImplied: true),
        Row(program: "imap-login", role: .login, audience: .own, isImplied: false),
        Row(program: "pop3-login", role: .login, audience: .own, isImplied: false),
        Row(program: "imapd", role: .mailOwner, audience: .account(.login), isImplied: false),
        Row(program: "pop3d", role: .mailOwner, audience: .account(.login), isImplied: false),
    ]

    /// The row of a program; nil for one that is not of relais.
    package static func row(_ program: String) -> Row? { rows.first { $0.program == program } }

    /// The programs that run without a line in master.cf.
    package static var implied: [Row] { rows.filter(\.isImplied) }

    /// Services of Postfix' master.cf whose work relais does otherwise, with how; a line for one has no effect.
    static let elsewhere: [String: String] = [
        "rewrite": "each daemon resolves addresses in place",
        "scache": "smtp keeps its connections itself",
        "proxywrite": "nothing writes to tables",
        "verify": "addresses are not probed",
        "flush": "qmgr knows the destination of each message",
        "postlog": "each daemon writes its own log lines",
        "tlsproxy": "each daemon that speaks TLS does so itself",
    ]
}
