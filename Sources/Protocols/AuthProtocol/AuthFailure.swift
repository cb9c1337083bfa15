// SPDX-License-Identifier: Apache-2.0

/// The end of a request without success.
package struct AuthFailure: Equatable, Sendable {
    /// The kind of failure that a client may act on.
    package enum Code: Equatable, Sendable {
        /// Wrong password or unknown user, which must look alike.
        case credentials
        /// Something of ours is broken; try later.
        case temporary
        /// The password was right, but this user may not act as that one.
        case authorization
        /// The account is closed.
        case userDisabled
        /// The password is too old.
        case passwordExpired
        /// The password was right, but the user may not log in here (`nologin`, or another host's user).
        case loginDisabled
        /// A code that this version does not know.
        case other(String)
    }

    /// The kind of failure.
    package var code: Code

    /// The user, where known.
    package var user: String?

    /// A text that the client may see.
    package var reason: String?

    /// The other parameters.
    package var parameters: AuthParameters

    /// Makes a failure.
    package init(_ code: Code, user: String? = nil, reason: String? = nil, parameters: AuthParameters = [:]) {
        self.code = code
        self.user = user
        self.reason = reason
        self.parameters = parameters
    }

    init(_ fields: AuthParameters) {
        user = fields["user"]
        reason = fields["reason"]
        code = Self.code(fields)
        parameters = fields
        for name in ["user", "reason", "code", "temp", "authz", "user_disabled", "pass_expired"] {
            parameters.remove(name)
        }
    }

    var encodedParameters: AuthParameters {
        var list: AuthParameters = [:]
        list.append("user", ifPresent: user)
        switch code {
        case .credentials: break
        case .temporary:
            list.append("code", "temp_fail")
            // Postfix and Exim look for the older boolean.
            list.append("temp")
        case .authorization: list.append("code", "authz_fail")
        case .userDisabled: list.append("code", "user_disabled")
        case .passwordExpired: list.append("code", "pass_expired")
        case .loginDisabled: list.append("code", "login_disabled")
        case .other(let name): list.append("code", name)
        }
        list.append("reason", ifPresent: reason)
        for (name, value) in parameters.items { list.append(name, value) }
        return list
    }

    private static func code(_ fields: AuthParameters) -> Code {
        switch fields["code"] {
        case "temp_fail": .temporary
        case "authz_fail": .authorization
        case "user_disabled": .userDisabled
        case "pass_expired": .passwordExpired
        case "login_disabled": .loginDisabled
        case let name?: .other(name)
        case nil:
            if fields.contains("temp") {
                .temporary
            } else if fields.contains("authz") {
                .authorization
            } else if fields.contains("user_disabled") {
                .userDisabled
            } else if fields.contains("pass_expired") {
                .passwordExpired
            } else {
                .credentials
            }
        }
    }
}
