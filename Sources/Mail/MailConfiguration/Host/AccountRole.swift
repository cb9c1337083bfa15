// SPDX-License-Identifier: Apache-2.0

/// The accounts of an instance, by what their processes are trusted with.
///
/// Processes of one account can signal each other and read each other's files, so an account is what keeps a daemon that
/// has been taken over from the others.
package enum AccountRole: String, Sendable, CaseIterable, Comparable {
    /// `mail_owner`: the queue, and agents before they become a mailbox's owner.
    case mailOwner
    /// `relais_net_user`: who talks with strangers or with the network.
    case network
    /// `relais_auth_user`: who holds passwords and keys.
    case secrets
    /// `default_login_user` of dovecot.conf: log-in processes, which own no file.
    case login

    /// The setting that names the account.
    package var setting: String {
        switch self {
        case .mailOwner: GeneralParameters.mailOwner.name
        case .network: GeneralParameters.networkUser.name
        case .secrets: GeneralParameters.secretsUser.name
        case .login: "default_login_user"
        }
    }

    /// The account's name.
    ///
    /// - Parameters:
    ///   - main: Names all but the log-in account.
    ///   - dovecot: Names the log-in account; nil means its default.
    /// - Returns: The name.
    package func accountName(_ main: MainConfiguration, _ dovecot: DovecotConfiguration?) -> String {
        switch self {
        case .mailOwner: main[GeneralParameters.mailOwner]
        case .network: main[GeneralParameters.networkUser]
        case .secrets: main[GeneralParameters.secretsUser]
        case .login: dovecot?.loginUser ?? DovecotConfiguration.defaultLoginUser
        }
    }

    package static func < (a: AccountRole, b: AccountRole) -> Bool { a.rawValue < b.rawValue }
}
