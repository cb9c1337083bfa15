// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The terminal behind standard output and standard error, for commands of people.
package enum Terminal {
    /// Whether a descriptor is a terminal.
    package static func isTerminal(_ number: Int32) -> Bool { isatty(number) == 1 }

    /// The columns of a terminal; nil where the descriptor is none or does not know.
    package static func width(_ number: Int32) -> Int? {
        let width = linux_terminal_width(number)
        return width > 0 ? Int(width) : nil
    }
}

/// A moment as text of the local time zone; `format` is that of strftime(3).
///
/// `seconds` count from the epoch.
package func localTime(_ seconds: Int64, format: String) -> String {
    var moment = time_t(seconds)
    var parts = unsafe tm()
    guard unsafe localtime_r(&moment, &parts) != nil else { return "-" }
    var room = [CChar](repeating: 0, count: 128)
    let count = unsafe strftime(&room, room.count, format, &parts)
    return String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
