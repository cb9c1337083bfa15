// SPDX-License-Identifier: Apache-2.0
package import LookupTables
internal import MailAddress
package import MailRouting

/// What restrictions ask about addresses and clients; the one place that touches the tables of routing.
package struct AccessRouting: Sendable {
    private let rewriter: AddressRewriter
    private let resolver: AddressResolver
    private let validator: RecipientValidator
    private let own: OwnDomains
    /// `mynetworks`.
    package let networks: NetworkList

    /// Opens the tables.
    package init(
        _ settings: RoutingSettings,
        networks: NetworkList,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        let classes = try DomainClasses(settings, pool: &pool)
        rewriter = AddressRewriter(settings)
        resolver = try AddressResolver(settings, classes: classes, pool: &pool)
        validator = try RecipientValidator(settings, classes: classes, pool: &pool)
        own = classes.own
        self.networks = networks
    }

    func rewritten(_ address: EmailAddress) -> EmailAddress { rewriter.rewrite(address) }

    func resolve(_ address: EmailAddress) async -> Result<Resolution, LookupError> {
        do throws(LookupError) {
            return .success(try await resolver.resolve(rewritten(address)))
        } catch {
            return .failure(error)
        }
    }

    func validate(_ resolution: Resolution) async -> RecipientVerdict { await validator.validate(resolution) }

    /// Whether tables may name users of the domain without it.
    func isOwn(_ domain: String) async throws(LookupError) -> Bool { try await own.contains(domain) }

    func isInNetworks(_ client: IPAddress?, _ name: String?) async -> Result<Bool, LookupError> {
        guard let client else { return .success(false) }
        do throws(LookupError) {
            return .success(try await networks.contains(client, hostName: name))
        } catch {
            return .failure(error)
        }
    }
}
