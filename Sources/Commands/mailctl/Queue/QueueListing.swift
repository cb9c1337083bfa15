// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import POSIX

/// The queue as a person reads it: a line a message, below it the recipients that are not done, and why.
struct QueueListing {
    private let entries: [QueueEntry]

    init(_ entries: [QueueEntry]) {
        self.entries = entries
    }

    /// All lines, the summary last.
    var lines: [String] {
        guard !entries.isEmpty else { return ["The queue is empty."] }
        let idWidth = max(8, entries.map(\.queueID.count).max() ?? 0)
        var lines = [heading(idWidth)]
        for entry in entries { lines += message(entry, idWidth) }
        return lines + ["", summary]
    }

    private func heading(_ idWidth: Int) -> String {
        Output.styled(
            "\(left("QUEUE ID", idWidth))  \(left("STATE", 8))    SIZE  ARRIVED          SENDER, RECIPIENTS",
            .bold
        )
    }

    private func message(_ entry: QueueEntry, _ idWidth: Int) -> [String] {
        let arrived = localTime(Int64(entry.arrival / 1_000_000_000), format: "%b %e %H:%M:%S")
        let state = Output.styled(left(entry.state, 8), Self.style(entry.state))
        let sender = entry.sender.isEmpty ? "MAILER-DAEMON" : entry.sender
        var lines = [
            "\(left(entry.queueID, idWidth))  \(state)  \(right(Quantity.size(entry.size), 6))  \(arrived)  \(sender)"
        ]
        let indent = String(repeating: " ", count: 8)
        // Recipients that wait for the same reason stand together.
        var groups: [(reason: String, recipients: [String])] = []
        for recipient in entry.recipients {
            if let same = groups.firstIndex(where: { $0.reason == recipient.reason }) {
                groups[same].recipients.append(recipient.address)
            } else {
                groups.append((recipient.reason, [recipient.address]))
            }
        }
        for (reason, recipients) in groups {
            if !reason.isEmpty {
                lines += fold("(\(reason))", indent: indent).map { Output.styled($0, .yellow) }
            }
            lines += recipients.map { "\(indent)\($0)" }
        }
        if let note = Self.note(entry) { lines.append(Output.styled("\(indent)\(note)", .dim)) }
        return lines
    }

    /// How often it was tried, and when next.
    private static func note(_ entry: QueueEntry) -> String? {
        guard entry.attempts > 0 else { return nil }
        let tried = "tried \(entry.attempts == 1 ? "once" : "\(entry.attempts) times")"
        guard entry.state == "deferred" else { return tried }
        guard entry.nextAttempt > 0 else { return "\(tried), next as soon as possible" }
        return "\(tried), next at \(localTime(Int64(entry.nextAttempt / 1_000_000_000), format: "%b %e %H:%M:%S"))"
    }

    /// `12K in 3 messages: 1 active, 2 deferred`.
    private var summary: String {
        let bytes = entries.reduce(0) { $0 &+ max(0, $1.size) }
        let states = ["active", "incoming", "deferred", "hold"].compactMap { state -> String? in
            let count = entries.filter { $0.state == state }.count
            return count == 0 ? nil : "\(count) \(state == "hold" ? "on hold" : state)"
        }
        return
            "\(Quantity.total(bytes)) in \(Quantity.count(entries.count, "message")): \(states.joined(separator: ", "))"
    }

    private static func style(_ state: String) -> Output.Style {
        switch state {
        case "active": .green
        case "deferred": .yellow
        case "hold": .cyan
        default: .bold
        }
    }

    /// The text on lines of the terminal's width, broken at spaces where there are some.
    private func fold(_ text: String, indent: String) -> [String] {
        guard let width = Output.width, indent.count + text.count > width else { return [indent + text] }
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > width, line != indent {
                lines.append(line)
                line = indent
            }
            line += line == indent ? word : " \(word)"
        }
        return lines + [line]
    }

    private func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// A message for programs, with the names that postqueue(1) has.
    static func json(_ entry: QueueEntry) -> JSONValue {
        .object([
            ("queue_name", .text(entry.state)), ("queue_id", .text(entry.queueID)),
            ("arrival_time", .number(entry.arrival / 1_000_000_000)), ("message_size", .number(entry.size)),
            ("attempts", .number(entry.attempts)), ("next_attempt", .number(entry.nextAttempt / 1_000_000_000)),
            ("sender", .text(entry.sender)),
            (
                "recipients",
                .list(
                    entry.recipients.map { recipient in
                        var members: [(String, JSONValue)] = [("address", .text(recipient.address))]
                        if !recipient.reason.isEmpty { members.append(("delay_reason", .text(recipient.reason))) }
                        return .object(members)
                    }
                )
            ),
        ])
    }
}
