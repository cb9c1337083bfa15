// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
package import POSIX
internal import SystemPackage

/// The accounts of an instance; without root everything belongs to the user who starts it.
package struct Accounts: Sendable, Equatable {
    package let isRoot: Bool
    /// `mail_owner`.
    package let mailOwner: Identity
    /// The group of `setgid_group`.
    package let dropGroup: UInt32
    /// The group of `default_login_user`: who may reach the log-in sockets.
    package let loginGroup: UInt32

    package init(isRoot: Bool, mailOwner: Identity, dropGroup: UInt32, loginGroup: UInt32) {
        self.isRoot = isRoot
        self.mailOwner = mailOwner
        self.dropGroup = dropGroup
        self.loginGroup = loginGroup
    }

    /// Looks the accounts up; what is missing is an error for root, and does not matter without root.
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
            return (Accounts(isRoot: false, mailOwner: own, dropGroup: own.gid, loginGroup: own.gid), [])
        }
        var search = Search(main: main)
        let owner = search.user(main[GeneralParameters.mailOwner], of: "mail_owner")
        let drop = search.group(main[GeneralParameters.setgidGroup], of: "setgid_group")
        let login = dovecot.flatMap { search.user($0.loginUser, of: "default_login_user") }
        if let owner, let login, owner.uid == login.uid {
            search.report(
                "it is mail_owner's account too, so nothing would keep log-in processes from the queue"
            )
        }
        let accounts = Accounts(
            isRoot: true,
            mailOwner: owner ?? own,
            dropGroup: drop ?? own.gid,
            loginGroup: login?.gid ?? own.gid
        )
        return (accounts, search.diagnostics)
    }

    private struct Search {
        let main: MainConfiguration
        var diagnostics: [Diagnostic] = []

        mutating func user(_ name: String, of setting: String) -> Identity? {
            do throws(Errno) {
                guard let identity = try Identity.named(name) else {
                    report(
                        "the user \(name) does not exist: useradd --system --shell /usr/sbin/nologin \(name)",
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

        mutating func report(_ message: String, _ setting: String = "default_login_user") {
            let place = main.settings[setting]
            let file = setting == "default_login_user" ? "dovecot.conf" : "main.cf"
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
}
