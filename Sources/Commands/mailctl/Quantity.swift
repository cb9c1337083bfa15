// SPDX-License-Identifier: Apache-2.0

/// Sizes, times and counts as people read them.
enum Quantity {
    /// `812`, `4.1K`, `20M`.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1024 else { return "\(bytes)" }
        var tenths = bytes * 10 / 1024
        for unit in ["K", "M", "G"] {
            if tenths < 100 { return "\(tenths / 10).\(tenths % 10)\(unit)" }
            if tenths < 10240 || unit == "G" { return "\(tenths / 10)\(unit)" }
            tenths /= 1024
        }
        return "\(bytes)"
    }

    /// `812 bytes`, `4.1K`, `20M`.
    static func total(_ bytes: Int) -> String {
        bytes < 1024 ? count(bytes, "byte") : size(bytes)
    }

    /// `42s`, `7m`, `3h 12m`, `9d 4h`; from nanoseconds.
    static func duration(_ nanoseconds: Int) -> String {
        let seconds = max(0, nanoseconds) / 1_000_000_000
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        default: return "\(seconds / 86400)d \(seconds % 86400 / 3600)h"
        }
    }

    /// `1 message`, `2 messages`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
