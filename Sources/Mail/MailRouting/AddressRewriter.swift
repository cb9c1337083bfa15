// SPDX-License-Identifier: Apache-2.0
package import MailAddress

/// Brings addresses into the form `user@fully.qualified.domain`, as trivial-rewrite(8) does.
package struct AddressRewriter: Sendable {
    private let origin: String
    private let domain: String
    private let appendsOrigin: Bool
    private let appendsDomain: Bool
    private let swapsBangPath: Bool
    private let allowsPercentHack: Bool

    /// Creates a rewriter for `append_at_myorigin`, `append_dot_mydomain` and their like.
    package init(_ settings: RoutingSettings) {
        origin = settings.myorigin
        domain = settings.mydomain
        appendsOrigin = settings.appendAtMyOrigin
        appendsDomain = settings.appendDotMyDomain
        swapsBangPath = settings.swapBangPath
        allowsPercentHack = settings.allowPercentHack
    }

    /// Returns the rewritten address; the null path and what cannot be rewritten stay as they are.
    ///
    /// The case of both parts stays as given: it is what people see.
    package func rewrite(_ address: EmailAddress) -> EmailAddress {
        guard !address.isNull else { return address }
        var result = address
        if result.domain.isEmpty, swapsBangPath, let swapped = Self.swappingBangPath(result) { result = swapped }
        if result.domain.isEmpty, allowsPercentHack, let routed = Self.resolvingPercent(result) { result = routed }
        if result.domain.isEmpty, appendsOrigin { result = result.withDomain(origin) ?? result }
        if appendsDomain, !result.domain.isEmpty, !result.domain.hasPrefix("["),
            !result.domain.utf8.contains(UInt8(ascii: "."))
        {
            result = result.withDomain("\(result.domain).\(domain)") ?? result
        }
        return result
    }

    /// Returns `user@site` for `site!user`, nil where no `!` stands in the local part.
    static func swappingBangPath(_ address: EmailAddress) -> EmailAddress? {
        let local = address.localPart
        guard let bang = local.firstIndex(of: "!"), bang > local.startIndex else { return nil }
        let user = local[local.index(after: bang)...]
        guard !user.isEmpty else { return nil }
        return EmailAddress(localPart: String(user), domain: String(local[..<bang]))
    }

    /// Returns `user@site` for `user%site`, nil where no `%` stands in the local part.
    static func resolvingPercent(_ address: EmailAddress) -> EmailAddress? {
        let local = address.localPart
        guard let percent = local.lastIndex(of: "%"), percent > local.startIndex else { return nil }
        let site = local[local.index(after: percent)...]
        guard !site.isEmpty else { return nil }
        return EmailAddress(localPart: String(local[..<percent]), domain: String(site))
    }
}
