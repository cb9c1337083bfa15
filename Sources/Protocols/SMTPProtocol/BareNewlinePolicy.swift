// SPDX-License-Identifier: Apache-2.0

/// What to do with lines that do not end in CRLF (`smtpd_forbid_bare_newline`).
///
/// Where two servers disagree on where a message ends, a client can smuggle a second one past the first server.
package enum BareNewlinePolicy: String, CaseIterable, Sendable {
    /// Any LF ends a line, and a dot between any two ends the data; open to smuggling.
    case allow = "no"

    /// As `allow`; the driver logs it.
    case note

    /// Any LF ends a line, but only CRLF dot CRLF ends the data.
    case normalize

    /// A bare LF or CR ends the session.
    case reject

    /// Reads the setting without regard to case; `yes` is `normalize`.
    package init?(setting: String) {
        let name = setting.lowercased()
        self.init(rawValue: name == "yes" ? "normalize" : name)
    }

    /// Whether only the standard sequence ends the data.
    package var isStrict: Bool { self == .normalize || self == .reject }
}

/// What a client sent where only CRLF may stand.
package enum BareNewline: String, Equatable, Sendable {
    /// LF without CR.
    case lineFeed = "bare <LF> received"
    /// CR without LF.
    case carriageReturn = "bare <CR> received"
}
