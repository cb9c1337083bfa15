// SPDX-License-Identifier: Apache-2.0

/// Times as Postfix and Dovecot write them.
package enum TimeSyntax {
    /// What a number counts.
    package enum Unit: Int, Sendable {
        case seconds = 1
        case minutes = 60
        case hours = 3_600
        case days = 86_400
        case weeks = 604_800
    }

    /// Returns the seconds of `90`, `90s`, `5m`, `1h`, `5d`, `1w`; nil for anything else or a number that is too large.
    package static func seconds(_ text: String, defaultUnit: Unit = .seconds) -> Int? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, let number = Int(String(digits) ?? "") else { return nil }
        let unit: Unit
        switch String(text.utf8.dropFirst(digits.count))?.lowercased() {
        case "": unit = defaultUnit
        case "s": unit = .seconds
        case "m": unit = .minutes
        case "h": unit = .hours
        case "d": unit = .days
        case "w": unit = .weeks
        default: return nil
        }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.rawValue)
        return overflow ? nil : seconds
    }
}
