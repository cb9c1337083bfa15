// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailConfiguration
internal import SystemPackage

/// Driver `passwd-file`, as passdb and as userdb.
@Loop
final class PasswdFileDriver: DatabaseDriver {
    private let files: PasswdFiles
    private let path: String
    private let usernameFormat: String?
    private let isForUsers: Bool

    init(_ database: DovecotDatabase, _ files: PasswdFiles, isForUsers: Bool) {
        self.files = files
        path = database.passwdFile ?? ""
        usernameFormat = database.usernameFormat
        self.isForUsers = isForUsers
    }

    func find(_ query: UserQuery) async -> DatabaseAnswer {
        let file: String
        let lookup: UserQuery
        do throws(DovecotVariables.Failure) {
            lookup = try query.named(by: usernameFormat)
            guard let expanded = try Self.expand(path, query.variables) else { return .unknown() }
            file = expanded
        } catch {
            return .failed("\(error)")
        }
        let table: PasswdFileTable
        do throws(Errno) {
            table = try await files.table(file)
        } catch {
            // A file for each domain: where there is none, there is no user.
            if error == .noSuchFileOrDirectory && path != file { return .unknown() }
            return .failed("cannot read \(file): \(error)")
        }
        guard let entry = table[lookup.user] else { return .unknown(sample: table.sample) }
        do throws(DovecotVariables.Failure) {
            let fields = isForUsers ? entry.userFields : entry.passwordFields
            return .found(DatabaseEntry(password: entry.password, fields: try fields.expanded(query.variables)))
        } catch {
            return .failed("\(error)")
        }
    }

    func users() async -> [String]? {
        guard !path.contains("%"), let table = try? await files.table(path) else { return nil }
        return table.users
    }

    /// How often a path goes up a folder.
    private nonisolated static func climbs(_ path: String) -> Int {
        path.split(separator: "/").count { $0 == ".." }
    }

    /// The path for a user; nil where a name would lead elsewhere.
    nonisolated static func expand(_ path: String, _ variables: DovecotVariables) throws(DovecotVariables.Failure)
        -> String?
    {
        guard path.contains("%") else { return path }
        var safe = variables
        for (name, value) in variables.values {
            if !value.isEmpty && value.allSatisfy({ $0 == "." }) { return nil }
            if value.contains("/") { safe.values[name] = String(value.map { $0 == "/" ? "_" : $0 }) }
        }
        let expanded = try safe.expand(path)
        // A filter such as `%{user | domain}` takes its part after the values were cleaned.
        guard Self.climbs(expanded) == Self.climbs(path) else { return nil }
        return expanded
    }
}
