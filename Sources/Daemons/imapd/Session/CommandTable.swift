// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol

/// A command: what it does, and what may be told of other sessions' changes at its end.
@Loop
protocol Command {
    static var telling: Telling { get }
    /// Carries it out; untagged responses go to the session's writer.
    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion
}

/// What a session may tell at the end of a command (RFC 3501 section 7.4.1).
enum Telling {
    /// Nothing: the command does it itself, or has no mailbox.
    case nothing
    /// New messages and flags where a change was noticed; an EXPUNGE would shift the numbers that the client is using.
    case keepingNumbers
    /// Everything where a change was noticed.
    case noticed
    /// Everything, and the mailbox is looked at for it.
    case everything
}

/// The commands of a client that has logged in, a row each; APPEND, whose message is streamed, goes its own way.
@Loop
enum CommandTable {
    /// A row.
    struct Row {
        let telling: Telling
        let run: @Loop (IMAPSession, IMAPRequest) async throws -> Completion
    }

    static let rows: [IMAPVerb: Row] = [
        .capability: row(CapabilityCommand.self),
        .noop: row(NoopCommand.self),
        .check: row(CheckCommand.self),
        .logout: row(LogoutCommand.self),
        .id: row(IDCommand.self),
        .enable: row(EnableCommand.self),
        .namespace: row(NamespaceCommand.self),
        .select: row(SelectCommand.self),
        .examine: row(SelectCommand.self),
        .close: row(CloseCommand.self),
        .unselect: row(UnselectCommand.self),
        .create: row(CreateCommand.self),
        .delete: row(DeleteCommand.self),
        .rename: row(RenameCommand.self),
        .subscribe: row(SubscribeCommand.self),
        .unsubscribe: row(SubscribeCommand.self),
        .list: row(ListCommand.self),
        .lsub: row(LsubCommand.self),
        .status: row(StatusCommand.self),
        .expunge: row(ExpungeCommand.self),
        .search: row(SearchCommand.self),
        .fetch: row(FetchCommand.self),
        .store: row(StoreCommand.self),
        .copy: row(CopyCommand.self),
        .move: row(MoveCommand.self),
        .idle: row(IdleCommand.self),
    ]

    private static func row(_ command: any Command.Type) -> Row {
        Row(telling: command.telling) { session, request in try await command.run(session, request) }
    }
}
