// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailConfiguration

/// `mailctl queue`: the messages on their way.
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Shows the queue, and what administrators do with it.",
        subcommands: [
            QueueListCommand.self, QueueShowCommand.self, QueueDeleteCommand.self, QueueHoldCommand.self,
            QueueReleaseCommand.self, QueueRequeueCommand.self, QueueFlushCommand.self,
        ],
        defaultSubcommand: QueueListCommand.self
    )
}

/// What delete, hold, release and requeue have in common.
struct QueueSelection: ParsableArguments {
    @OptionGroup var option: ConfigurationOption
    @Argument(help: "Queue ids, or ALL.") var ids: [String]

    /// Has qmgr carry an order out; `done` is the verb for the answer.
    func carryOut(_ action: QueueOrder.Action, done: String) throws {
        // The word in capitals, as postsuper(1) has it: nobody types it by mistake.
        let chosen = ids == ["ALL"] ? [] : ids
        guard !chosen.contains("ALL") else { throw CommandFailure("ALL stands alone, without queue ids") }
        let order = QueueOrder(action, queueIDs: chosen)
        let answer = try Self.ask(order, try option.main())
        for id in answer.unknown { Output.note("\(id): there is no such message in the queue") }
        guard answer.error.isEmpty else { throw CommandFailure(answer.error) }
        Output.line("\(Quantity.count(answer.count, "message")) \(done).")
        guard answer.unknown.isEmpty else { throw ExitCode(1) }
    }

    /// Sends an order that has a short answer.
    static func ask(_ order: QueueOrder, _ main: MainConfiguration) throws -> QueueOrderDone {
        try onLoop {
            let frames = try await ServiceConversation.queueManager(main)
            frames.connection.timeout = .seconds(300)
            frames.send(order)
            return try await frames.receive(QueueOrderDone.self)
        }
    }
}
