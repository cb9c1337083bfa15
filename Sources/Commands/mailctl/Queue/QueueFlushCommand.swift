// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import InternalProtocols

/// `mailctl queue flush`: has everything tried again that waits for its time.
struct QueueFlushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Has deferred messages tried again now: all, or those named."
    )

    @OptionGroup var option: ConfigurationOption
    @Argument(help: "Queue ids; without any all deferred messages.") var ids: [String] = []

    func run() throws {
        let answer = try QueueSelection.ask(QueueOrder(.flush, queueIDs: ids), try option.main())
        for id in answer.unknown { Output.note("\(id): there is no such message in the queue") }
        guard answer.error.isEmpty else { throw CommandFailure(answer.error) }
        Output.line("\(Quantity.count(answer.count, "message")) will be tried now.")
        guard answer.unknown.isEmpty else { throw ExitCode(1) }
    }
}
