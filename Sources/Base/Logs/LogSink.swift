// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import POSIX
internal import Synchronization
package import SystemPackage

/// Where log lines go; opened before the sandbox, one system call a line, safe from any thread.
package final class LogSink: Sendable {
    /// The kind of place.
    package enum Destination: Sendable, Equatable {
        /// syslog(3)'s socket, with a facility such as `mail`.
        case syslog(facility: String)
        /// A file that is appended to.
        case file(String)
        /// Standard error.
        case standardError
    }

    private enum Output {
        case syslog(Int32, facility: Int)
        case descriptor(Int32)
    }

    private let output: Output
    private let host: String
    /// The second and its text: formatting local time for each line would cost more than the rest.
    private let stamp = Mutex<(second: Int64, text: String)>((-1, ""))

    /// Opens the destination; a log file is made with mode 0640 where it is not there.
    package init(_ destination: Destination) throws(Errno) {
        host = hostName().prefix { $0 != "." }.description
        switch destination {
        case .syslog(let facility):
            let number = linux_syslog_socket()
            // Without a syslog daemon the lines would be lost; standard error is then the better place.
            output = number < 0 ? .descriptor(2) : .syslog(number, facility: Self.facilities[facility] ?? 2)
        case .file(let path):
            output = .descriptor(try Descriptor.open(path, .append, permissions: 0o640).release())
        case .standardError:
            output = .descriptor(2)
        }
    }

    private static let facilities = [
        "kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9,
        "authpriv": 10, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21,
        "local6": 22,
        "local7": 23,
    ]

    /// Writes `program[pid]: text` with time and host, as syslog daemons do.
    ///
    /// Control characters become `?`: a log line is one line. `severity` is syslog's number, 6 for information.
    package func write(severity: Int, program: String, text: String) {
        var line: [UInt8] = []
        let flags = Int32(MSG_NOSIGNAL)
        line.reserveCapacity(text.utf8.count + 96)
        switch output {
        case .syslog(let number, let facility):
            line.append(contentsOf: "<\(facility * 8 + severity)>\(time()) \(program)[\(processID)]: ".utf8)
            appendClean(text, to: &line)
            _ = unsafe line.withUnsafeBytes { unsafe send(number, $0.baseAddress, $0.count, flags) }
        case .descriptor(let number):
            line.append(contentsOf: "\(time()) \(host) \(program)[\(processID)]: ".utf8)
            appendClean(text, to: &line)
            line.append(10)
            _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
    }

    private func appendClean(_ text: String, to line: inout [UInt8]) {
        // Longer lines are cut by syslog daemons anyway, and no outside text shall fill the disk at once.
        for byte in text.utf8.prefix(4096) { line.append(byte < 32 || byte == 127 ? UInt8(ascii: "?") : byte) }
    }

    private func time() -> String {
        let second = Clock.wall / 1_000_000_000
        return stamp.withLock { stamp in
            if stamp.second != second { stamp = (second, Self.format(second)) }
            return stamp.text
        }
    }

    private static func format(_ second: Int64) -> String {
        var moment = time_t(second)
        var parts = unsafe tm()
        guard unsafe localtime_r(&moment, &parts) != nil else { return "-" }
        var room = [CChar](repeating: 0, count: 32)
        let count = unsafe strftime(&room, room.count, "%b %e %H:%M:%S", &parts)
        return String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
