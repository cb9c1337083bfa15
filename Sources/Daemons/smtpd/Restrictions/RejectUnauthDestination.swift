// SPDX-License-Identifier: Apache-2.0
internal import MailRouting
internal import MailStatus
internal import SMTPProtocol

/// `reject_unauth_destination` and `defer_unauth_destination`: no to what is neither for this host nor relayed by it.
///
/// An address with a route in its local part (`user%elsewhere@here`) would be relayed in the second step, so it counts
/// as elsewhere.
struct RejectUnauthDestination: Restriction {
    let isTemporary: Bool

    var decidesRelaying: Bool { true }

    func judge(_ request: RestrictionRequest) -> Verdict {
        switch Self.isAuthorized(request) {
        case nil: .reject(.lookupFailure(request))
        case true?: .undecided
        case false? where isTemporary: .reject(.recipient(request, 454, EnhancedStatus(4, 7, 1), "Relay access denied"))
        case false?: .reject(.recipient(request, 554, EnhancedStatus(5, 7, 1), "Relay access denied"))
        }
    }

    /// Whether anybody may send to the recipient; nil where a table did not answer.
    static func isAuthorized(_ request: RestrictionRequest) -> Bool? {
        guard let resolution = request.resolution else { return nil }
        switch resolution.domainClass {
        case .local: return true
        case .virtualAlias, .virtualMailbox, .relay: return !resolution.hasSenderRoute
        case .other: return false
        }
    }
}
