// SPDX-License-Identifier: Apache-2.0

/// Where mail lies: `mail_location` of 2.3, or `mail_driver`, `mail_path` and their like of 2.4.
package struct DovecotMailLocation: Equatable, Sendable {
    /// `maildir`, `mbox`, `sdbox`, `mdbox`; empty leaves it to what is found in the home folder.
    package var driver: String
    /// The folder of mailboxes; `~` and variables are not expanded yet, as in all paths here.
    package var path: String
    /// INBOX, where it lies elsewhere.
    package var inboxPath: String?
    package var indexPath: String?
    package var controlPath: String?
    /// `fs` or `maildir++`; nil for what is usual with the driver.
    package var layout: String?
    /// Further `KEY=value` of 2.3.
    package var options: [String: String] = [:]

    /// Nothing said: look what the home folder has.
    package static let automatic = DovecotMailLocation(driver: "", path: "")

    /// Reads `driver:path:KEY=value:…`; a text without a driver is a path.
    package init(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let hasDriver = parts.count > 1 && !(parts[0].hasPrefix("/") || parts[0].hasPrefix("~"))
        driver = hasDriver ? parts[0].lowercased() : ""
        let rest = hasDriver ? parts[1...] : parts[...]
        path = rest.first ?? ""
        for option in rest.dropFirst() {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = pair.count > 1 ? pair[1] : ""
            switch pair.first?.uppercased() {
            case "INBOX": inboxPath = value
            case "INDEX": indexPath = value
            case "CONTROL": controlPath = value
            case "LAYOUT": layout = value.lowercased()
            case let key?: options[key] = value
            case nil: break
            }
        }
    }

    private init(driver: String, path: String) {
        self.driver = driver
        self.path = path
    }

    /// Reads a scope, in which settings of 2.4 complete or replace `mail_location`; nil where nothing is set.
    init?(_ scope: DovecotScope, old: String) {
        let names = ["mail_driver", "mail_path", "mail_inbox_path", "mail_index_path", "mail_control_path"]
        let location = scope.text(old) ?? ""
        guard !location.isEmpty || names.contains(where: { scope.text($0) != nil }) else { return nil }
        self.init(location)
        if let value = scope.text("mail_driver") { driver = value.lowercased() }
        if let value = scope.text("mail_path") { path = value }
        if let value = scope.text("mail_inbox_path") { inboxPath = value }
        if let value = scope.text("mail_index_path") { indexPath = value }
        if let value = scope.text("mail_control_path") { controlPath = value }
        if let value = scope.text("mailbox_list_layout") { layout = value.lowercased() }
    }

    /// Returns the location of one user: variables replaced, `~` being the variable `home`.
    ///
    /// - Throws: The first variable that has no value.
    package func expanded(
        with variables: DovecotVariables
    ) throws(DovecotVariables.Failure) -> DovecotMailLocation {
        var location = self
        location.path = try Self.expand(path, variables)
        if let inboxPath { location.inboxPath = try Self.expand(inboxPath, variables) }
        if let indexPath { location.indexPath = try Self.expand(indexPath, variables) }
        if let controlPath { location.controlPath = try Self.expand(controlPath, variables) }
        return location
    }

    private static func expand(
        _ path: String,
        _ variables: DovecotVariables
    ) throws(DovecotVariables.Failure) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return try variables.expand(path) }
        return try variables.expand("%{home}") + variables.expand(String(path.dropFirst()))
    }
}
