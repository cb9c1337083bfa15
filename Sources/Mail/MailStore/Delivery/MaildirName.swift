// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization

/// Unique names of Maildir files: `<seconds>.M<microseconds>P<pid>Q<number>.<host>`.
package enum MaildirName {
    private static let deliveries = Atomic<UInt64>(0)

    private static let process = processID

    /// The name of this host as file names have it: `/` is `\057`, `:` is `\072`, `,` is `\054`.
    package static let host: String = escaped(host: hostName())

    /// Escapes what a Maildir name cannot have in its host part.
    package static func escaped(host: String) -> String {
        var name = ""
        for scalar in host.unicodeScalars.prefix(128) {
            switch scalar {
            case "/": name += "\\057"
            case ":": name += "\\072"
            case ",": name += "\\054"
            case "\0"..." ", "\u{7f}": name += "_"
            default: name.unicodeScalars.append(scalar)
            }
        }
        return name.isEmpty ? "localhost" : name
    }

    /// A name that no other delivery has or had, without size fields.
    package static func unique(at wall: Int64 = Clock.wall) -> String {
        let number = deliveries.wrappingAdd(1, ordering: .relaxed).newValue
        let (seconds, rest) = wall.quotientAndRemainder(dividingBy: 1_000_000_000)
        return "\(seconds).M\(rest / 1000)P\(process)Q\(number).\(host)"
    }

    /// The name with Dovecot's size fields: `,S=` bytes in the file, `,W=` bytes with CRLF line ends.
    package static func sized(_ name: String, size: Int, virtualSize: Int) -> String {
        "\(name),S=\(size),W=\(virtualSize)"
    }
}
