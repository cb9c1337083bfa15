// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// The userdb sections, one after the other, and what the configuration says where they say nothing.
@Loop
final class UserChain {
    private let settings: AuthSettings
    private let links: [(database: DovecotDatabase, driver: any DatabaseDriver)]
    private let passwords: PasswordChain
    private let log: AuthLog

    init(_ settings: AuthSettings, _ files: PasswdFiles, _ passwords: PasswordChain, _ log: AuthLog) {
        self.settings = settings
        self.passwords = passwords
        self.log = log
        links = settings.userDatabases.map { database in
            let driver: any DatabaseDriver
            switch database.driver {
            case "static": driver = StaticDriver(database)
            case "passwd": driver = SystemUserDriver()
            case "prefetch": driver = PrefetchDriver()
            default: driver = PasswdFileDriver(database, files, isForUsers: true)
            }
            return (database, driver)
        }
    }

    /// A user's entry; nil where there is no such user.
    ///
    /// `isAuthenticated` says that a password has proven that he is.
    ///
    /// - Throws: `ChainFailure` when it cannot be told.
    func find(_ query: UserQuery, isAuthenticated: Bool) async throws(ChainFailure) -> UserEntry? {
        var fields = AuthParameters()
        var isKnown = false
        var isBroken = false
        for (database, driver) in links {
            let outcome: DovecotDatabase.Outcome
            switch try await look(database, driver, query, isAuthenticated) {
            case .found(let entry):
                for (name, value) in entry.fields.items where !fields.contains(name) { fields.append(name, value) }
                outcome = database.resultSuccess
            case .unknown: outcome = database.resultFailure
            case .failed(let reason):
                log.error(database.driver, query.user, reason)
                isBroken = true
                outcome = database.resultInternalFailure
            }
            switch outcome {
            case .returnOK, .continueOK: isKnown = true
            case .returnFail, .continueFail: isKnown = false
            case .returned, .continued: break
            }
            if [.returnOK, .returned, .returnFail].contains(outcome) { break }
        }
        guard isKnown else {
            if isBroken { throw ChainFailure() }
            return nil
        }
        return try await complete(fields, query)
    }

    /// All users that the userdbs can list, and whether that is all of them.
    func users() async -> (names: [String], isComplete: Bool) {
        var names: Set<String> = []
        var isComplete = true
        for (_, driver) in links {
            if let more = await driver.users() { names.formUnion(more) } else { isComplete = false }
        }
        return (names.sorted(), isComplete)
    }

    private func look(
        _ database: DovecotDatabase,
        _ driver: any DatabaseDriver,
        _ query: UserQuery,
        _ isAuthenticated: Bool
    ) async throws(ChainFailure) -> DatabaseAnswer {
        // `static` knows everybody, so without a log-in a passdb has to say who is there.
        if database.driver == "static", !isAuthenticated,
            !database.staticFields.contains(where: { $0.name == "allow_all_users" && $0.value.lowercased() != "no" }),
            try await passwords.find(query) == nil
        {
            return .unknown()
        }
        let answer = await driver.find(query)
        guard case .found(let entry) = answer else { return answer }
        do throws(DovecotVariables.Failure) {
            return .found(DatabaseEntry(fields: try entry.fields.completed(database, query.variables)))
        } catch {
            return .failed("\(error)")
        }
    }

    /// Turns names of accounts into numbers and adds what the configuration has.
    private func complete(_ fields: AuthParameters, _ query: UserQuery) async throws(ChainFailure) -> UserEntry {
        var fields = fields
        let user = fields["user"] ?? query.user
        fields.remove("user")
        fields.remove("password")
        let uid = try await number(fields["uid"], "uid", user, or: settings.mailUser) { name throws(Errno) in
            try Identity.named(name)?.uid
        }
        let gid = try await number(fields["gid"], "gid", user, or: settings.mailGroup) { name throws(Errno) in
            try Identity.group(named: name)
        }
        var entry = AuthParameters()
        for (name, value) in fields.items where name != "uid" && name != "gid" { entry.append(name, value) }
        entry.append("uid", ifPresent: uid.map { "\($0)" })
        entry.append("gid", ifPresent: gid.map { "\($0)" })
        if !entry.contains("home"), let home = settings.mailHome {
            do throws(DovecotVariables.Failure) {
                entry.append("home", try query.variables.expand(home))
            } catch {
                log.error("mail_home", user, "\(error)")
                throw ChainFailure()
            }
        }
        return UserEntry(user: user, parameters: entry)
    }

    private func number(
        _ text: String?,
        _ field: String,
        _ user: String,
        or usual: UInt32?,
        _ find: @escaping @Sendable (String) throws(Errno) -> UInt32?
    ) async throws(ChainFailure) -> UInt32? {
        guard let text else { return usual }
        if let number = UInt32(text) { return number }
        if let number = try? await offload({ () throws(Errno) in try find(text) }) { return number }
        log.error("userdb", user, "the \(field) \"\(text)\" is not known to the system")
        throw ChainFailure()
    }
}
