// SPDX-License-Identifier: Apache-2.0

internal import LookupTables
internal import MailAddress
internal import MailConfiguration

/// `reject_sender_login_mismatch` and its parts: no to a sender that is not the client's (`smtpd_sender_login_maps`).
struct RejectSenderLoginMismatch: Restriction {
    enum Kind: Sendable {
        /// Both of the following.
        case both
        /// Who has logged in may use only senders that are his.
        case authenticated
        /// The same for senders that have an owner.
        case known
        /// Who has not logged in may not use a sender that has an owner.
        case unauthenticated
    }

    let kind: Kind
    let owners: AccessTable

    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard let given = context.sender, !given.isNull else { return .dunno }
        let sender = context.rewritten(given)
        do throws(LookupError) {
            let keys = owners.keys(owned: sender, isOwnDomain: try await context.isOwn(sender.domainKey))
            let found = try await owners.first(of: keys)
            guard let user = context.user else {
                guard kind == .both || kind == .unauthenticated, found != nil else { return .dunno }
                return .reject(context.refusal(553, 7, 1, "not logged in", of: .sender))
            }
            guard kind != .unauthenticated, found != nil || kind != .known else { return .dunno }
            let names = ListSyntax.split(found ?? "").map { $0.lowercased() }
            guard !names.contains(user.lowercased()) else { return .dunno }
            return .reject(context.refusal(553, 7, 1, "not owned by user \(user)", of: .sender))
        } catch {
            return .reject(context.lookupFailure(error, of: .sender))
        }
    }
}
