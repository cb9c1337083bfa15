// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import POSIX

/// `mailctl stop`: ends the instance and waits until it has ended.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stops the mail system; what is being delivered may end, within about ten seconds."
    )

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let main = try option.main()
        let isTerminal = Terminal.isTerminal(2)
        let reply = try onLoop { () -> ControlReply in
            let frames: FrameConnection
            do {
                frames = try await ServiceConversation.master(main)
            } catch  where ServiceConversation.isAbsence(error) {
                throw CommandFailure("relais is not running, so there is nothing to stop")
            }
            frames.send(ControlOrder(.stop))
            let reply = try await frames.receive(ControlReply.self)
            guard reply.isDone else { return reply }
            if isTerminal { Output.note("waiting for sessions and deliveries to end …") }
            // Master closes when all is over.
            _ = try? await frames.receive()
            return reply
        }
        guard reply.isDone else {
            throw CommandFailure("master refuses: \(reply.diagnostics.joined(separator: "; "))")
        }
        Output.line("relais has stopped.")
    }
}
