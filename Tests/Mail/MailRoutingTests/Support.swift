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
