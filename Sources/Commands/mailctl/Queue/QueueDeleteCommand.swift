// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import InternalProtocols

/// `mailctl queue delete`: takes messages out of the queue for good; nobody is told.
struct QueueDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes messages for good, without a report to the sender."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.carryOut(.delete, done: "deleted") }
}
