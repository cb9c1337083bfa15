// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX

/// `mailctl reload`: has master read the configuration again; a broken one changes nothing.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Makes changes of the configuration take effect; a broken one changes nothing."
    )

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let main = try option.main()
        try option.refuseWhatServicesCannotUse("the configuration was not taken over; relais goes on with the old one")
        let reply = try onLoop { () -> ControlReply in
            let frames = try await ServiceConversation.master(main)
            frames.send(ControlOrder(.reload))
            return try await frames.receive(ControlReply.self)
        }
        for text in reply.diagnostics { Output.note(text) }
        guard reply.isDone else {
            throw CommandFailure(
                "the configuration was not taken over; relais goes on with the old one",
                advice: "correct what is said above and reload again"
            )
        }
        Output.line("relais has taken the configuration over.")
    }
}
