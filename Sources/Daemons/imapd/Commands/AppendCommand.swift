// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// An APPEND whose message is on its way to disk.
struct Appending {
    let command: AppendCommand
    let mailbox: Mailbox
    let writer: MessageWriter
    /// Octets that wait for a write of some size.
    var waiting: [UInt8] = []
}

/// APPEND (RFC 3501 section 6.3.11): the message goes to disk as it comes.
extension IMAPSession {
    /// What is written at once.
    private static let writeSize = 128 * 1024
    /// INTERNALDATE lives in the times of files, which begin in 1970 and may end in 2262.
    private static let latestDate: Int64 = 9_000_000_000

    /// Decides about an APPEND before its message comes.
    func begin(_ command: AppendCommand) async {
        do {
            let mailbox = try await target(command.mailbox)
            let messageWriter = try await offload { () throws(StoreError) in try mailbox.beginAppend() }
            appending = Appending(command: command, mailbox: mailbox, writer: messageWriter)
            reader.acceptAppend()
        } catch {
            abandon(command, error)
        }
    }

    /// Takes octets of the message.
    func append(_ bytes: [UInt8]) async {
        guard var current = appending else { return }
        touch()
        if current.waiting.isEmpty { current.waiting = bytes } else { current.waiting += bytes }
        appending = current
        guard current.waiting.count >= Self.writeSize else { return }
        await writeWaiting()
    }

    /// The message is complete: it becomes part of the mailbox.
    func finishAppend() async {
        guard let current = appending else { return }
        appending = nil
        let command = current.command
        let messageWriter = current.writer
        let rest = current.waiting
        let date = command.date.map { min(max($0.unixTime, 0), Self.latestDate) }
        do {
            let result = try await offload { () throws(StoreError) in
                try messageWriter.write(rest)
                return try messageWriter.commit(
                    flags: MessageFlags(command.flags.system),
                    keywords: command.flags.keywords.map(\.name),
                    internalDate: date
                )
            }
            service.hub.noteChange(of: current.mailbox, by: nil)
            try await tellChanges(.everything)
            writer.tagged(
                command.tag,
                .ok,
                .appendUID(validity: result.uidValidity, uids: NumberSet(result.uids)),
                text: "Append completed."
            )
        } catch {
            fail(command.tag, error)
        }
        flush()
    }

    private func writeWaiting() async {
        guard let current = appending, !current.waiting.isEmpty else { return }
        appending?.waiting = []
        let bytes = current.waiting
        let messageWriter = current.writer
        do {
            try await offload { () throws(StoreError) in try messageWriter.write(bytes) }
        } catch {
            abandon(current.command, error)
        }
    }

    /// Has the rest of the message thrown away; the engine says when the reply is due.
    private func abandon(_ command: AppendCommand, _ error: any Error) {
        appending = nil
        let failure = failure(error)
        reader.refuseAppend(CommandRefusal(command.tag, failure.condition, failure.code, text: failure.text))
    }
}
