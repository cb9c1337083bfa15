// SPDX-License-Identifier: Apache-2.0

internal import LookupTables
internal import MailRouting

/// `reject_unauth_destination` and `defer_unauth_destination`: no to what is neither for this host nor relayed by it.
///
/// An address with a route in its local part (`user%elsewhere@here`) would be relayed in the second step, so it counts
/// as elsewhere.
struct RejectUnauthDestination: Restriction {
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        do throws(LookupError) {
            guard let resolution = try await context.resolution(), !Self.isAuthorized(resolution) else { return .dunno }
            let name = context.name(of: .recipient)
            return .reject(AccessReply(code, 7, 1, "<\(name)>: Relay access denied"))
        } catch {
            return .reject(context.lookupFailure(error, of: .recipient))
        }
    }

    /// Whether anybody may send to the recipient.
    static func isAuthorized(_ resolution: Resolution) -> Bool {
        switch resolution.domainClass {
        case .local: true
        case .virtualAlias, .virtualMailbox, .relay: !resolution.hasSenderRoute
        case .other: false
        }
    }
}
