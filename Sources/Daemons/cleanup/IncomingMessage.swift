// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import MailAddress
internal import MailEnvelope
internal import MailMessage
internal import MailQueue
internal import MailRouting
internal import POSIX

/// A message between its first frame and its queue file: the header is completed as soon as it is whole.
@Loop
final class IncomingMessage {
    let writer: QueueFileWriter
    private(set) var refusal: MessageOutcome?
    let envelope: Envelope
    /// What access tables ask for.
    private(set) var actions: MessageActions
    private let cleanup: Cleanup
    private let arrival = Clock.wall
    private var head: [UInt8] = []
    private var census = HeaderCensus()
    private var isHeadWritten = false
    private var size = 0
    private var messageID = ""

    init(_ message: MessageEnvelope, _ cleanup: Cleanup, _ writer: QueueFileWriter) {
        envelope = message.envelope
        actions = message.actions
        self.cleanup = cleanup
        self.writer = writer
    }

    /// Adds content; after a refusal nothing is kept.
    func add(_ bytes: [UInt8]) {
        guard refusal == nil else { return }
        size += bytes.count
        let limit = cleanup.settings.messageSizeLimit
        if limit > 0 && size > limit {
            refuse(MessageOutcome(code: 552, status: "5.3.4", text: "Error: message file too big"))
            return
        }
        guard !isHeadWritten else {
            writer.append(bytes)
            return
        }
        head.append(contentsOf: bytes)
        let isTooLong = head.count > cleanup.settings.headerSizeLimit
        if census.scan(head.span, isWhole: isTooLong) { writeHead() }
    }

    /// Ends the content; the envelope for the queue file.
    func finish() async -> Envelope {
        if !isHeadWritten {
            census.scan(head.span, isWhole: true)
            writeHead()
        }
        var result = envelope
        result.arrival = arrival
        result.messageID = messageID
        result.recipients = await recipients()
        return result
    }

    /// Takes what the end of the content asks for too; a header field would come too late.
    func add(_ more: MessageActions) {
        if more.holds, !actions.holds {
            do throws(QueueFileError) {
                try writer.hold()
            } catch {
                refuse(MessageOutcome(code: 451, status: "4.3.0", text: "Error: queue file write error"))
            }
        }
        let prepended = actions.prepended
        actions = more
        actions.prepended = prepended
    }

    /// Keeps the first refusal.
    func refuse(_ outcome: MessageOutcome) {
        if refusal == nil { refusal = outcome }
    }

    // MARK: Header

    private func writeHead() {
        isHeadWritten = true
        if census.receivedCount + Int(envelope.hops) > cleanup.settings.hopLimit {
            refuse(MessageOutcome(code: 554, status: "5.4.6", text: "Error: too many hops"))
            return
        }
        var completion = HeaderCompletion(
            envelope: envelope,
            settings: cleanup.settings,
            queueID: writer.id.text,
            arrival: arrival
        )
        completion.prepended = actions.prepended
        let completed = completion.complete(head, census)
        messageID = completed.messageID
        writer.append(completed.bytes)
        head = []
    }

    // MARK: Recipients

    /// The recipients after aliases, none twice; each keeps what the client said.
    private func recipients() async -> [Recipient] {
        var seen: Set<EmailAddress> = []
        var result: [Recipient] = []
        var given = envelope.recipients
        if !actions.redirect.isEmpty { given = [Recipient(address: actions.redirect)] }
        given += actions.bcc.map { Recipient(address: $0) }
        if !cleanup.settings.alwaysBCC.isEmpty { given.append(Recipient(address: cleanup.settings.alwaysBCC)) }
        for (index, recipient) in given.enumerated() {
            // Each may become a thousand, by as many lookups: others have their turn in between.
            if index > 0 { await Loop.yield() }
            guard let parsed = EmailAddress(internalForm: recipient.address) else {
                refuse(
                    MessageOutcome(
                        code: 501,
                        status: "5.1.3",
                        text: "Bad recipient address syntax: \(recipient.address)"
                    )
                )
                continue
            }
            let address = cleanup.rewriter.rewrite(parsed)
            switch await cleanup.aliases.expand(address) {
            case .expanded(let expansion):
                for target in expansion.recipients where seen.insert(target).inserted {
                    result.append(
                        Recipient(
                            address: target.internalForm,
                            original: recipient.address,
                            notify: recipient.notify,
                            dsnOriginal: recipient.dsnOriginal
                        )
                    )
                }
            case .failed(let failure):
                refuse(MessageOutcome(code: 451, status: "4.3.0", text: "\(recipient.address): \(failure)"))
            }
        }
        if result.isEmpty && refusal == nil {
            refuse(MessageOutcome(code: 554, status: "5.5.1", text: "Error: no valid recipients"))
        }
        return result
    }
}
