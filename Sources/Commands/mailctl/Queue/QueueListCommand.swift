// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailConfiguration

/// `mailctl queue list`: every message with its sender, its recipients, and why it waits.
struct QueueListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the messages in the queue (also: mailctl queue)."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(help: "Print one JSON object a message.") var json = false
    @Argument(help: "Queue ids; without any all messages.") var ids: [String] = []

    func run() throws {
        let main = try option.main()
        let entries: [QueueEntry]
        do {
            entries = try ask(main)
        } catch  where ServiceConversation.isAbsence(error) {
            // The files are there whether anybody works on them or not.
            entries = try QueueFiles(main).entries().filter { ids.isEmpty || ids.contains($0.queueID) }
            Output.note("relais is not running; this is what the queue files say")
        }
        if json {
            for entry in entries { Output.line(QueueListing.json(entry).line) }
        } else {
            for line in QueueListing(entries).lines { Output.line(line) }
        }
        let known = Set(entries.map(\.queueID))
        let unknown = ids.filter { !known.contains($0) }
        for id in unknown { Output.note("\(id): there is no such message in the queue") }
        guard unknown.isEmpty else { throw ExitCode(1) }
    }

    private func ask(_ main: MainConfiguration) throws -> [QueueEntry] {
        let ids = ids
        return try onLoop {
            let frames = try await ServiceConversation.queueManager(main)
            frames.send(QueueOrder(.list, queueIDs: ids))
            var entries: [QueueEntry] = []
            while let frame = try await frames.receive() {
                if frame.kind == QueueOrderDone.kind {
                    let done = try frame.decode(QueueOrderDone.self)
                    guard done.error.isEmpty else { throw CommandFailure(done.error) }
                    return entries
                }
                entries.append(try frame.decode(QueueEntry.self))
            }
            throw CommandFailure("qmgr ended the conversation in the middle of the list", advice: "the log tells why")
        }
    }
}
