// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import MailConfiguration

/// A place where passwords or users are kept; a new one is a file with a conforming type and a row in `make`.
@Loop
protocol DatabaseDriver: AnyObject {
    /// What it knows of a user.
    func find(_ query: UserQuery) async -> DatabaseAnswer
    /// All users; nil where they cannot be listed.
    func users() async -> [String]?
}

/// Whom a database is asked for.
struct UserQuery: Sendable {
    /// The name as it is looked up.
    var user: String
    var variables: DovecotVariables
    /// What the passdb has said of this user; empty without a log-in.
    var passFields: AuthParameters = [:]

    /// A question about `user`, who comes by `connection`.
    init(user: String, _ connection: AuthConnectionInfo, mechanism: String? = nil, passFields: AuthParameters = [:]) {
        self.user = user
        self.passFields = passFields
        var values: [String: String] = [:]
        values["local_ip"] = connection.localAddress ?? ""
        values["remote_ip"] = connection.remoteAddress ?? ""
        values["local_port"] = connection.localPort.map { "\($0)" } ?? ""
        values["remote_port"] = connection.remotePort.map { "\($0)" } ?? ""
        values["session"] = connection.session ?? ""
        values["secured"] = connection.security == .none ? "" : "secured"
        values["mechanism"] = mechanism ?? ""
        variables = DovecotVariables(user: user, service: connection.service, with: values)
    }

    /// The same question with the name written as a database wants it.
    func named(by format: String?) throws(DovecotVariables.Failure) -> UserQuery {
        guard let format else { return self }
        var query = self
        query.user = try variables.expand(format)
        return query
    }
}

/// What a database says.
enum DatabaseAnswer: Equatable, Sendable {
    /// There is such a user.
    case found(DatabaseEntry)
    /// There is none; a password of somebody else, so that refusing him can cost as much as refusing a known user.
    case unknown(sample: [UInt8]? = nil)
    /// Nobody can tell; the text is for the log.
    case failed(String)
}

/// A user in a database.
struct DatabaseEntry: Equatable, Sendable {
    /// The stored password with its scheme; nil where there is none.
    var password: [UInt8]?
    /// Fields with their variables expanded.
    var fields: AuthParameters

    init(password: [UInt8]? = nil, fields: AuthParameters = [:]) {
        self.password = password
        self.fields = fields
    }
}

extension AuthParameters {
    /// The fields with the variables in their values replaced; `home` counts as a variable once it was met.
    func expanded(_ variables: DovecotVariables) throws(DovecotVariables.Failure) -> AuthParameters {
        var variables = variables
        var result = AuthParameters()
        for (name, value) in items {
            guard let value else {
                result.append(name)
                continue
            }
            let text = try variables.expand(value)
            if name == "home" || name == "userdb_home" { variables.values["home"] = text }
            result.append(name, text)
        }
        return result
    }

    /// Adds the default fields that are missing and lays the override fields over the rest.
    func completed(
        _ database: DovecotDatabase,
        _ variables: DovecotVariables
    ) throws(DovecotVariables.Failure) -> AuthParameters {
        guard !database.defaultFields.isEmpty || !database.overrideFields.isEmpty else { return self }
        var variables = variables
        if let home = self["home"] ?? self["userdb_home"] { variables.values["home"] = home }
        var result = self
        for (name, value) in try AuthParameters(database.defaultFields).expanded(variables).items
        where !result.contains(name) {
            result.append(name, value)
        }
        for (name, value) in try AuthParameters(database.overrideFields).expanded(variables).items {
            result.remove(name)
            result.append(name, value)
        }
        return result
    }

    /// Fields of a configuration; one without a value is a boolean that is there.
    init(_ fields: [DovecotDatabase.Field]) {
        self.init()
        for field in fields { append(field.name, field.value.isEmpty ? nil : field.value) }
    }
}
