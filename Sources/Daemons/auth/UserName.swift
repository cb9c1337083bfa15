// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration

/// Why a name is refused before any database sees it.
enum UserNameError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case character(UInt8)
    case format(String)

    var description: String {
        switch self {
        case .empty: "Empty username"
        case .character(let byte):
            "Username character disallowed by auth_username_chars: 0x" + (byte < 16 ? "0" : "")
                + String(byte, radix: 16)
        case .format(let text): "auth_username_format: \(text)"
        }
    }
}

extension AuthSettings {
    /// Brings a name into its one form: default realm, allowed characters, `auth_username_format`.
    func normalized(_ name: String, _ variables: DovecotVariables) throws(UserNameError) -> String {
        guard !name.isEmpty else { throw .empty }
        var name = name
        if !defaultRealm.isEmpty && !name.contains("@") { name += "@\(defaultRealm)" }
        if !usernameCharacters.isEmpty, let bad = name.utf8.first(where: { !usernameCharacters.contains($0) }) {
            throw .character(bad)
        }
        guard !usernameFormat.isEmpty else { return name }
        let made: String
        do throws(DovecotVariables.Failure) {
            made = try DovecotVariables(user: name, with: variables.values).expand(usernameFormat)
        } catch {
            throw .format("\(error)")
        }
        guard !made.isEmpty else { throw .empty }
        return made
    }
}
