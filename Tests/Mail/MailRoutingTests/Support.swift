// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import Testing

@testable import MailRouting

/// The address of an external form.
func address(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> EmailAddress {
    try #require(EmailAddress(text), "\(text)", sourceLocation: sourceLocation)
}

/// The settings of the host mail.example.org, changed as the test wants them.
func settings(_ change: (inout RoutingSettings) -> Void = { _ in }) -> RoutingSettings {
    var settings = RoutingSettings()
    settings.myhostname = "mail.example.org"
    settings.mydomain = "example.org"
    settings.myorigin = "example.org"
    settings.mydestination = ["example.org", "mail.example.org", "localhost"]
    settings.recipientDelimiter = "+"
    settings.localRecipientMaps = ["inline:{alice=x, postmaster=x}"]
    change(&settings)
    return settings
}

/// A repeatable source of chance.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
