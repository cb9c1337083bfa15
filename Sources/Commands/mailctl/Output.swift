// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import POSIX

/// What a command prints: plain text, and colours on a terminal only.
enum Output {
    /// How a piece of text matters.
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// Whether standard output is a terminal that may have colours.
    static let isColored = allowsColor(1)
    private static let isErrorColored = allowsColor(2)

    private static func allowsColor(_ number: Int32) -> Bool {
        Terminal.isTerminal(number) && environmentValue("NO_COLOR") == nil && environmentValue("TERM") != "dumb"
    }

    /// The columns of standard output; nil where it is no terminal: then nothing is cut or folded.
    static let width: Int? = Terminal.isTerminal(1) ? max(40, Terminal.width(1) ?? 80) : nil

    /// The text in a style, where standard output has styles.
    static func styled(_ text: String, _ style: Style) -> String {
        isColored ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Prints a line.
    static func line(_ text: String = "") { print(text) }

    /// Prints bytes as they are.
    static func bytes(_ bytes: [UInt8]) {
        fflush(nil)
        write(bytes, to: 1)
    }

    /// Prints a line for standard error.
    static func note(_ text: String) {
        fflush(nil)
        write(Array("\(text)\n".utf8), to: 2)
    }

    /// Says why the command ends, and ends it.
    static func fail(_ failure: CommandFailure) -> Never {
        let head = isErrorColored ? "\u{1B}[31mmailctl:\u{1B}[0m" : "mailctl:"
        note("\(head) \(failure.message)" + (failure.advice.isEmpty ? "" : "\n         \(failure.advice)"))
        exit(failure.status)
    }

    private static func write(_ bytes: [UInt8], to number: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
