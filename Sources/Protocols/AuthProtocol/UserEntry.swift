// SPDX-License-Identifier: Apache-2.0

/// What a userdb knows of a user.
package struct UserEntry: Equatable, Sendable {
    /// The user's name in its final form.
    package var user: String

    /// All fields; unknown ones are settings that override the configuration for this user.
    package var parameters: AuthParameters

    /// Makes an entry.
    package init(user: String, parameters: AuthParameters = [:]) {
        self.user = user
        self.parameters = parameters
    }

    /// Makes an entry from the common fields.
    package init(user: String, uid: UInt32?, gid: UInt32?, home: String?, mail: String? = nil) {
        self.user = user
        parameters = [:]
        parameters.append("uid", ifPresent: uid.map { String($0) })
        parameters.append("gid", ifPresent: gid.map { String($0) })
        parameters.append("home", ifPresent: home)
        parameters.append("mail", ifPresent: mail)
    }

    /// The numeric user id.
    package var uid: UInt32? { parameters.number("uid") }

    /// The numeric group id.
    package var gid: UInt32? { parameters.number("gid") }

    /// The home folder.
    package var home: String? { parameters["home"] }

    /// The mail location, as in `mail_location`.
    package var mail: String? { parameters["mail"] }

    /// The folder to be shut in.
    package var chroot: String? { parameters["chroot"] }

    /// The system user whose further groups count.
    package var systemGroupsUser: String? { parameters["system_groups_user"] ?? parameters["system_user"] }
}

/// The question of a trusted process about a user.
package struct UserLookup: Equatable, Sendable {
    /// The user's name as it came.
    package var user: String

    /// For which protocol and connection.
    package var connection: AuthConnectionInfo

    /// Makes a question.
    package init(user: String, connection: AuthConnectionInfo) {
        self.user = user
        self.connection = connection
    }

    init(_ fields: inout AuthFields) throws(AuthProtocolError) {
        user = try fields.text()
        guard !user.isEmpty, let connection = AuthConnectionInfo(try fields.parameters()) else {
            throw fields.malformed
        }
        self.connection = connection
    }

    func encoded(_ command: String, id: UInt32) -> [UInt8] {
        var line = AuthLine(command, id)
        line.add(user)
        line.add(connection.parameters)
        return line.finished()
    }
}
