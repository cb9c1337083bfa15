// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import InternalProtocols

/// `mailctl queue hold`: keeps messages undelivered until they are released.
struct QueueHoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Keeps messages undelivered until somebody releases them."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.carryOut(.hold, done: "put on hold") }
}
