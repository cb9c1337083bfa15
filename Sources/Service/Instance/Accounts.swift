// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
package import POSIX
internal import SystemPackage

/// The accounts of an instance; without root everything belongs to the user who starts it.
package struct Accounts: Sendable, Equatable {
    package let isRoot: Bool
    /// The group of `setgid_group`.
    package let dropGroup: UInt32
    private let identities: [AccountRole: Identity]
    /// The user who starts an instance without root.
    private let own: Identity

    /// An instance of these accounts; a role without an entry falls to `own`.
    package init(isRoot: Bool, identities: [AccountRole: Identity], dropGroup: UInt32, own: Identity) {
        self.isRoot = isRoot
        self.identities = identities
        self.dropGroup = dropGroup
        self.own = own
    }

    /// The account of a role.
    package subscript(role: AccountRole) -> Identity { identities[role] ?? own }

    /// The account of `mail_owner`.
    package var mailOwner: Identity { self[.mailOwner] }

    /// The user that a file of a role gets; nil keeps master's own.
    package func owner(_ role: AccountRole) -> UInt32? { isRoot ? self[role].uid : nil }

    /// The group that a file of a role gets; nil keeps master's own.
    package func group(_ role: AccountRole) -> UInt32? { isRoot ? self[role].gid : nil }

    /// Owner, group and mode of a socket of a role's program.
    func access(_ role: AccountRole, _ audience: ProgramTable.Audience) -> ListenerSpecification.Access {
        switch audience {
        case .own: ListenerSpecification.Access(owner: owner(role), group: group(role), mode: 0o600)
        case .account(let other): ListenerSpecification.Access(owner: owner(role), group: group(other), mode: 0o660)
        case .everybody: ListenerSpecification.Access(owner: owner(role), group: group(role), mode: 0o666)
        }
    }

    /// Looks the accounts up; what is missing is an error for root, and does not matter without root.
    ///
    /// Without a dovecot.conf nobody logs in, and the log-in account may be missing.
    package static func find(
        main: MainConfiguration,
        dovecot: DovecotConfiguration?,
        isRoot: Bool = Privileges.isRoot
    ) -> (Accounts, [Diagnostic]) {
        let own = Identity(
            name: "uid \(Identity.effectiveUser)",
            uid: Identity.effectiveUser,
            gid: Identity.effectiveGroup
        )
        guard isRoot else {
            return (Accounts(isRoot: false, identities: [:], dropGroup: own.gid, own: own), [])
        }
        var search = AccountSearch(main: main)
        var identities: [AccountRole: Identity] = [:]
        for role in AccountRole.allCases where role != .login || dovecot != nil {
            identities[role] = search.user(role.accountName(main, dovecot), of: role.setting)
        }
        search.reportSharedAccounts(identities)
        let drop = search.group(main[GeneralParameters.setgidGroup], of: GeneralParameters.setgidGroup.name)
        let accounts = Accounts(isRoot: true, identities: identities, dropGroup: drop ?? own.gid, own: own)
        return (accounts, search.diagnostics)
    }
}

/// Looks accounts up and reports those that cannot be used, each with the setting that names it.
private struct AccountSearch {
    let main: MainConfiguration
    var diagnostics: [Diagnostic] = []

    mutating func user(_ name: String, of setting: String) -> Identity? {
        do throws(Errno) {
            guard let identity = try Identity.named(name) else {
                report(
                    "the user \(name) does not exist: useradd --system --user-group --no-create-home --shell /usr/sbin/nologin \(name)",
                    setting
                )
                return nil
            }
            guard identity.uid != 0 else {
                report("\(name) is root, which no daemon may be", setting)
                return nil
            }
            return identity
        } catch {
            report("the user \(name) cannot be looked up: \(error)", setting)
            return nil
        }
    }

    mutating func group(_ name: String, of setting: String) -> UInt32? {
        do throws(Errno) {
            if let group = try Identity.group(named: name) { return group }
            report("the group \(name) does not exist: groupadd --system \(name)", setting)
        } catch {
            report("the group \(name) cannot be looked up: \(error)", setting)
        }
        return nil
    }

    /// Two roles of one account are one role: nothing keeps their processes apart.
    mutating func reportSharedAccounts(_ identities: [AccountRole: Identity]) {
        let roles = identities.keys.sorted()
        for (position, role) in roles.enumerated() {
            for other in roles[..<position] where identities[other]?.uid == identities[role]?.uid {
                report(
                    "\(identities[role]?.name ?? "") is the account of \(other.setting) too, so nothing would keep their processes apart",
                    role.setting
                )
            }
        }
    }

    private mutating func report(_ message: String, _ setting: String) {
        let place = main.settings[setting]
        let file = setting == AccountRole.login.setting ? "dovecot.conf" : "main.cf"
        diagnostics.append(
            Diagnostic(
                .error,
                file: place?.file ?? "\(main.directory)/\(file)",
                line: place?.line ?? 0,
                "\(setting): \(message)"
            )
        )
    }
}
