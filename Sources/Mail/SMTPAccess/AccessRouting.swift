// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress
package import MailRouting

/// What restrictions ask about addresses and clients; the one place that touches the router.
package struct AccessRouting: Sendable {
    package let router: Router
    /// `mynetworks`.
    package let networks: NetworkList

    package init(router: Router, networks: NetworkList) {
        self.router = router
        self.networks = networks
    }

    func rewritten(_ address: EmailAddress) -> EmailAddress { router.rewriter.rewrite(address) }

    func resolve(_ address: EmailAddress) async -> Result<Resolution, LookupError> {
        do throws(LookupError) {
            return .success(try router.resolver.resolve(rewritten(address)))
        } catch {
            return .failure(error)
        }
    }

    func validate(_ resolution: Resolution) async -> RecipientVerdict { router.validator.validate(resolution) }

    /// Whether tables may name users of the domain without it.
    func isOwn(_ domain: String) async throws(LookupError) -> Bool { try router.resolver.classes.isOwn(domain) }

    func isInNetworks(_ client: IPAddress?, _ name: String?) async -> Result<Bool, LookupError> {
        guard let client else { return .success(false) }
        do throws(LookupError) {
            return .success(try networks.contains(client, hostName: name))
        } catch {
            return .failure(error)
        }
    }
}
