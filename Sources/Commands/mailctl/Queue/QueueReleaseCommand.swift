// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import InternalProtocols

/// `mailctl queue release`: the end of `hold`.
struct QueueReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Lets messages go on that were on hold."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.carryOut(.release, done: "released") }
}
