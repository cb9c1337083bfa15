// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import MailConfiguration
internal import MailEnvelope
internal import MailQueue
internal import POSIX

/// `mailctl queue show`: one message, its envelope, header and body.
struct QueueShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a message: its envelope, header and body, or what is asked for of them."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(name: [.customShort("e"), .long], help: "The envelope.") var envelope = false
    @Flag(name: [.customShort("H"), .long], help: "The header.") var header = false
    @Flag(name: [.customShort("b"), .long], help: "The body.") var body = false
    @Argument(help: "The queue id.") var id: String

    func run() throws {
        guard let queueID = QueueID(id) else {
            throw CommandFailure("\(id) is no queue id", advice: "mailctl queue lists what there is")
        }
        let found = try QueueFiles(try option.main()).open(queueID)
        let folder = found.folder
        let isAll = !envelope && !header && !body
        do throws(QueueFileError) {
            let reader = try QueueFileReader(found.file, expecting: queueID)
            if isAll || envelope { try printEnvelope(reader, folder) }
            if isAll || header || body {
                if isAll || envelope { Output.line() }
                try printContent(reader, header: isAll || header, body: isAll || body)
            }
        } catch {
            throw CommandFailure("\(queueID): \(error)")
        }
    }

    private func printEnvelope(_ reader: borrowing QueueFileReader, _ folder: QueueFolder) throws(QueueFileError) {
        let envelope = try reader.envelope()
        let arrival = localTime(envelope.arrival / 1_000_000_000, format: "%a, %d %b %Y %H:%M:%S %z")
        let client = envelope.client
        field("Queue id", "\(reader.header.id) (\(folder.rawValue))")
        field("Arrived", arrival)
        field("Size", "\(reader.header.layout.contentLength) bytes")
        field("Sender", envelope.sender.isEmpty ? "<> (a report)" : envelope.sender)
        if !client.address.isEmpty {
            let port = client.port == 0 ? "" : ":\(client.port)"
            field(
                "Client",
                "\(client.name)[\(client.address)]\(port), \(client.protocolName) helo=\(client.helo)"
            )
        }
        if !envelope.sasl.user.isEmpty { field("Logged in", "\(envelope.sasl.user) (\(envelope.sasl.method))") }
        if !envelope.messageID.isEmpty { field("Message-ID", envelope.messageID) }
        let marks = try reader.marks().recipients
        for (recipient, mark) in zip(envelope.recipients, marks) {
            let original = recipient.original == recipient.address ? "" : ", for \(recipient.original)"
            let tries = mark.attempts == 0 ? "" : ", tried \(Quantity.count(mark.attempts, "time"))"
            field("Recipient", "\(recipient.address) (\(mark.state)\(original)\(tries))")
            if let reason = reader.reason(of: mark) { field("", "\(reason.status) \(reason.text)") }
        }
    }

    private func field(_ name: String, _ value: String) {
        let label = name.isEmpty ? "" : "\(name):"
        let padding = String(repeating: " ", count: max(1, 13 - label.count))
        Output.line(Output.styled(label, .bold) + padding + value)
    }

    private func printContent(_ reader: borrowing QueueFileReader, header: Bool, body: Bool) throws(QueueFileError) {
        var split = HeaderSplit()
        var offset = 0
        while offset < reader.header.layout.contentLength {
            let part = try reader.content(at: offset, count: 256 << 10)
            offset += part.count
            let headerCount = split.headerBytes(in: part)
            if header { Output.bytes(Array(part.prefix(headerCount))) }
            if body { Output.bytes(Array(part.dropFirst(headerCount))) }
            if !body && split.isInBody { return }
        }
    }
}

/// Finds the empty line between header and body in content that comes in parts.
struct HeaderSplit {
    private(set) var isInBody = false
    /// Whether nothing but CR has come since the last line feed.
    private var isLineEmpty = true

    /// How many bytes of the next part belong to the header, the empty line included.
    mutating func headerBytes(in part: [UInt8]) -> Int {
        guard !isInBody else { return 0 }
        for (index, byte) in part.enumerated() {
            if byte == 10 {
                if isLineEmpty {
                    isInBody = true
                    return index + 1
                }
                isLineEmpty = true
            } else if byte != 13 {
                isLineEmpty = false
            }
        }
        return part.count
    }
}
