// SPDX-License-Identifier: Apache-2.0

/// A value to be written as JSON (RFC 8259); nothing of ours reads it.
package enum JSONValue: Sendable, Equatable {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([JSONValue])
    /// In the order of writing.
    case object([(String, JSONValue)])

    package static func == (left: Self, right: Self) -> Bool { left.line == right.line }

    /// The value on one line.
    package var line: String {
        var output = ""
        write(to: &output)
        return output
    }

    private func write(to output: inout String) {
        switch self {
        case .text(let text): Self.quote(text, to: &output)
        case .number(let number): output += "\(number)"
        case .truth(let truth): output += truth ? "true" : "false"
        case .list(let values):
            output += "["
            for (index, value) in values.enumerated() {
                if index > 0 { output += "," }
                value.write(to: &output)
            }
            output += "]"
        case .object(let members):
            output += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { output += "," }
                Self.quote(member.0, to: &output)
                output += ":"
                member.1.write(to: &output)
            }
            output += "}"
        }
    }

    // string = quotation-mark *char quotation-mark
    private static func quote(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension MasterStatus {
    /// The status for programs: `mailctl status --json`, and `status` sent as a line to the control socket.
    package var json: JSONValue {
        .object([
            ("version", .text(version)), ("pid", .number(pid)), ("uptime", .number(uptime / 1_000_000_000)),
            ("reloads", .number(reloads)), ("config_directory", .text(configDirectory)),
            ("queue_directory", .text(queueDirectory)), ("services", .list(services.map(\.json))),
        ])
    }
}

extension MasterStatus.Service {
    fileprivate var json: JSONValue {
        .object([
            ("name", .text(name)), ("type", .text(kind)), ("program", .text(program)),
            ("listeners", .list(listeners.map { .text($0) })), ("process_limit", .number(limit)),
            ("starts", .number(starts)), ("crashes", .number(crashes)),
            ("throttled_seconds", .number((pause + 999_999_999) / 1_000_000_000)),
            ("processes", .list(workers.map(\.json))),
        ])
    }
}

extension MasterStatus.Worker {
    fileprivate var json: JSONValue {
        .object([
            ("pid", .number(pid)), ("state", .text(state)), ("sessions", .number(sessions)),
            ("total", .number(total)), ("uptime", .number(uptime / 1_000_000_000)),
        ])
    }
}
