// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// All that is known about where addresses go, loaded once: immutable, and asked in place.
package struct Router: Sendable {
    /// Completes addresses.
    package let rewriter: AddressRewriter
    /// Finds classes, transports and next hops.
    package let resolver: AddressResolver
    /// Tells whether recipients exist.
    package let validator: RecipientValidator
    /// Expands virtual aliases.
    package let aliases: VirtualAliasExpander
    /// Every table behind these, to be asked whether it has changed or is stale.
    package let tables: TableList
    /// What is to be logged about the tables: rules that are skipped, built forms that are stale, sources that are
    /// missing.
    package let notices: [TableNotice]

    /// Opens all tables and reads all lists, each table once.
    ///
    /// - Parameters:
    ///   - settings: The settings.
    ///   - pool: Where tables are opened; the caller may open more in it, and reads its notices.
    /// - Throws: The first setting that cannot be used.
    package init(_ settings: RoutingSettings, pool: inout TablePool) throws(RoutingConfigurationError) {
        let classes = try DomainClasses(settings, pool: &pool)
        rewriter = AddressRewriter(settings)
        resolver = try AddressResolver(settings, classes: classes, pool: &pool)
        validator = try RecipientValidator(settings, classes: classes, pool: &pool)
        aliases = try VirtualAliasExpander(settings, classes: classes, pool: &pool)
        tables = pool.all
        notices = pool.notices
    }

    /// Creates a router with tables of its own.
    package init(_ settings: RoutingSettings) throws(RoutingConfigurationError) {
        var pool = TablePool()
        try self.init(settings, pool: &pool)
    }
}
