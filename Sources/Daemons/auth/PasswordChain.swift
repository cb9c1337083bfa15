// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import LookupTables
internal import MailConfiguration
internal import SASL

/// The passdb sections, one after the other, as their `result_*` settings say.
@Loop
final class PasswordChain {
    /// Whether a user may log in, by all passdb sections together.
    enum LoginDecision: Equatable, Sendable {
        /// The user's final name and the passdb's fields.
        case accepted(user: String, fields: AuthParameters)
        case refused(AuthFailure.Code)
    }

    /// What one passdb says of a password.
    private enum LinkResult {
        case success(AuthParameters)
        case failure
        case internalFailure
    }

    private struct Link {
        let database: DovecotDatabase
        let driver: any DatabaseDriver
        let defaultScheme: String
    }

    private let links: [Link]
    private let log: AuthLog
    private let turns = HashTurns()

    init(_ databases: [DovecotDatabase], _ files: PasswdFiles, _ log: AuthLog) {
        self.log = log
        // Log-ins that are forbidden are so whatever the other databases say.
        links = (databases.filter(\.isDeny) + databases.filter { !$0.isDeny }).map { database in
            let driver: any DatabaseDriver =
                database.driver == "static"
                ? StaticDriver(database) : PasswdFileDriver(database, files, isForUsers: false)
            let usual = database.driver == "static" ? "PLAIN" : "CRYPT"
            return Link(database: database, driver: driver, defaultScheme: database.defaultPasswordScheme ?? usual)
        }
    }

    /// Checks a password; `query` holds the user's name in its normal form.
    func verify(_ query: UserQuery, _ password: SASLSecret, _ request: AuthRequest) async -> LoginDecision {
        var query = query
        var fields = AuthParameters()
        var passed = false
        var isBroken = false
        for link in links where applies(link.database, request.mechanism, passed) {
            let result = await check(link, query, passed ? nil : password, request.connection)
            if link.database.isDeny {
                switch result {
                case .success: return .refused(.credentials)
                case .internalFailure: return .refused(.temporary)
                case .failure: continue
                }
            }
            let outcome: DovecotDatabase.Outcome
            switch result {
            case .success(let found):
                for (name, value) in found.items {
                    fields.remove(name)
                    fields.append(name, value)
                }
                if let user = found["user"], !user.isEmpty { query.user = user }
                outcome = link.database.resultSuccess
            case .failure: outcome = link.database.resultFailure
            case .internalFailure:
                isBroken = true
                outcome = link.database.resultInternalFailure
            }
            switch outcome {
            case .returnOK, .continueOK: passed = true
            case .returnFail, .continueFail: passed = false
            case .returned, .continued: break
            }
            if [.returnOK, .returned, .returnFail].contains(outcome) { break }
        }
        guard passed else { return .refused(isBroken ? .temporary : .credentials) }
        guard isAllowed(request.connection, fields) else {
            log.notice(query.user, request.connection, "passdb", "allow_nets check failed: IP not in allowed networks")
            return .refused(.credentials)
        }
        return .accepted(user: query.user, fields: fields)
    }

    /// Looks a user up without a password: his fields, nil where no passdb has him.
    ///
    /// - Throws: `ChainFailure` when it cannot be told.
    func find(_ query: UserQuery) async throws(ChainFailure) -> AuthParameters? {
        var isBroken = false
        for link in links where !link.database.isDeny {
            switch await link.driver.find(query) {
            case .found(let entry): return entry.fields
            case .unknown: continue
            case .failed(let reason):
                log.error(link.database.driver, query.user, reason)
                isBroken = true
            }
        }
        if isBroken { throw ChainFailure() }
        return nil
    }

    private func applies(_ database: DovecotDatabase, _ mechanism: String, _ passed: Bool) -> Bool {
        switch database.skip {
        case .authenticated where passed: return false
        case .unauthenticated where !passed: return false
        default: break
        }
        guard !database.mechanisms.isEmpty else { return true }
        return database.mechanisms.contains { $0.uppercased() == mechanism.uppercased() }
    }

    /// One passdb; without a password, it was right before and only the fields are asked for.
    private func check(
        _ link: Link,
        _ query: UserQuery,
        _ password: SASLSecret?,
        _ connection: AuthConnectionInfo
    ) async -> LinkResult {
        let driver = link.database.driver
        switch await link.driver.find(query) {
        case .unknown(let sample):
            if let sample, let password { _ = try? await compare(sample, link.defaultScheme, password, connection) }
            if !link.database.isDeny { log.notice(query.user, connection, driver, "unknown user") }
            return .failure
        case .failed(let reason):
            log.error(driver, query.user, reason)
            return .internalFailure
        case .found(let entry):
            if link.database.isDeny {
                log.notice(query.user, connection, driver, "User found from deny passdb")
                return .success([:])
            }
            do {
                let fields = try entry.fields.completed(link.database, query.variables)
                guard let password, !fields.contains("nopassword") else { return .success(fields) }
                guard let stored = entry.password, !stored.isEmpty else {
                    log.notice(query.user, connection, driver, "Empty password returned without nopassword")
                    return .failure
                }
                guard try await compare(stored, link.defaultScheme, password, connection) else {
                    log.notice(query.user, connection, driver, "Password mismatch")
                    return .failure
                }
                return .success(fields)
            } catch let error as StoredPasswordError {
                log.error(driver, query.user, "\(error)")
                return .failure
            } catch {
                log.error(driver, query.user, "\(error)")
                return .internalFailure
            }
        }
    }

    /// Compares in an offloaded thread: a hash is made to be slow.
    private func compare(
        _ stored: [UInt8],
        _ scheme: String,
        _ password: SASLSecret,
        _ connection: AuthConnectionInfo
    ) async throws -> Bool {
        try await turns.take(connection)
        defer { turns.give() }
        return try await offload { () throws(StoredPasswordError) in
            try StoredPassword(stored, defaultScheme: scheme).matches(password)
        }
    }

    /// The passdb's field `allow_nets`: networks, `local` for connections without an address.
    private func isAllowed(_ connection: AuthConnectionInfo, _ fields: AuthParameters) -> Bool {
        guard let text = fields["allow_nets"] else { return true }
        let address = connection.remoteAddress.flatMap { IPAddress(text: $0.utf8[...]) }?.unmapped
        return text.split(whereSeparator: { $0 == "," || $0 == " " }).contains { word in
            guard let address else { return word == "local" && connection.remoteAddress == nil }
            guard let network = try? IPNetwork(parsing: String(word)) else { return false }
            return network.contains(address)
        }
    }
}

/// No database could tell; the log has the reason.
struct ChainFailure: Error, Equatable, CustomStringConvertible {
    var description: String { "too many passwords are being checked" }
}
