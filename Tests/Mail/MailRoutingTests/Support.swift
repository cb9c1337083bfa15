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

/// All parts of routing over one pool of tables.
struct RoutingParts {
    let rewriter: AddressRewriter
    let resolver: AddressResolver
    let validator: RecipientValidator
    let aliases: VirtualAliasExpander
    let tables: TableList
    let notices: [TableNotice]

    init(_ settings: RoutingSettings, pool: inout TablePool) throws {
        let classes = try DomainClasses(settings, pool: &pool)
        rewriter = AddressRewriter(settings)
        resolver = try AddressResolver(settings, classes: classes, pool: &pool)
        validator = try RecipientValidator(settings, classes: classes, pool: &pool)
        aliases = try VirtualAliasExpander(settings, own: classes.own, pool: &pool)
        tables = pool.all
        notices = pool.notices
    }

    init(_ settings: RoutingSettings) throws {
        var pool = TablePool()
        try self.init(settings, pool: &pool)
    }
}
