// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import InternalProtocols

/// `mailctl queue requeue`: has messages delivered as if they had just come.
struct QueueRequeueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requeue",
        abstract: "Has messages tried again at once, those on hold too."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.carryOut(.requeue, done: "requeued") }
}
