// SPDX-License-Identifier: Apache-2.0

internal import MailAddress

/// `reject_non_fqdn_sender`, `reject_non_fqdn_recipient`, `reject_non_fqdn_helo_hostname`: no to names without a domain.
struct RejectNonFQDN: Restriction {
    let about: AccessSubject
    let code: Int

    func judge(_ context: AccessContext) async -> AccessVerdict {
        guard let name = name(context), !Self.isComplete(name) else { return .dunno }
        let what = about == .helo ? "hostname" : "address"
        return .reject(context.refusal(code, 5, 2, "need fully-qualified \(what)", of: about))
    }

    /// nil where there is nothing to judge.
    private func name(_ context: AccessContext) -> String? {
        switch about {
        case .helo: return context.helo
        case .sender:
            guard let sender = context.sender, !sender.isNull else { return nil }
            return sender.domain
        default:
            // A recipient without a domain is this host's postmaster (RFC 5321 section 4.5.1).
            guard let recipient = context.recipient, !recipient.domain.isEmpty else { return nil }
            return recipient.domain
        }
    }

    private static func isComplete(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.hasPrefix("[") || labels.count > 1 && labels.dropLast().allSatisfy { !$0.isEmpty }
    }
}
