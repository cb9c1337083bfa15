// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import Logging
internal import POSIX
internal import SASL
internal import Service

/// What the sessions of auth share: the databases, the tickets, the failures that wait.
@Loop
final class AuthService {
    /// Requests of all clients that may wait for an answer at once; over it, log-ins fail for the moment.
    static let requestLimit = 20_000

    let settings: AuthSettings
    let log: AuthLog
    let passwords: PasswordChain
    let users: UserChain
    let tickets = TicketStore()
    let failures: FailureQueue
    /// Requests of all clients that wait for an answer.
    var openRequests = 0

    private var lastConnectionID: UInt32 = 0
    private var retire: [ObjectIdentifier: @Loop () -> Void] = [:]

    /// The uid of all users' processes where relais runs without root; nil where each runs as its user.
    let sharedUser: UInt32?

    /// - Parameters:
    ///   - settings: What dovecot.conf says.
    ///   - content: What the passwd-files held at the start.
    ///   - log: Where failures are reported.
    ///   - sharedUser: The uid that every user's process has, where relais cannot change identities.
    init(
        _ settings: AuthSettings,
        _ content: PasswdFiles.Content = PasswdFiles.Content(),
        log: Logger,
        sharedUser: UInt32? = nil
    ) {
        self.settings = settings
        self.sharedUser = sharedUser
        self.log = AuthLog(log: log)
        let files = PasswdFiles(content, log: log)
        passwords = PasswordChain(settings.passwordDatabases, files, self.log)
        users = UserChain(settings, files, passwords, self.log)
        failures = FailureQueue(delay: settings.failureDelay)
    }

    /// The side of a listener, by the end of its name.
    enum Side: Equatable {
        /// Whoever has a user's password to check.
        case client
        /// `-master`: trusted processes, which look tickets and users up.
        case master
        /// `-userdb`: trusted processes, which look users up.
        case userLookups
        /// `-ticket`: the processes of users, which redeem the tickets of their own sessions and do nothing else.
        case tickets

        init(listener name: String) {
            self =
                name.hasSuffix("-master")
                ? .master : name.hasSuffix("-userdb") ? .userLookups : name.hasSuffix("-ticket") ? .tickets : .client
        }
    }

    /// Serves one connection.
    func serve(_ connection: Connection, _ side: Side) async {
        let key = ObjectIdentifier(connection)
        defer { retire[key] = nil }
        switch side {
        case .client:
            lastConnectionID &+= 1
            let session = ClientSession(connection, self, connectionID: lastConnectionID)
            retire[key] = { session.retire() }
            await session.run()
        case .master, .userLookups, .tickets:
            guard let peer = try? connection.peerCredentials().uid else { return }
            let session = MasterSession(connection, self, side, peer: peer)
            retire[key] = { session.retire() }
            await session.run()
        }
    }

    /// Lets the connections end; clients come back to the next process.
    func leave() {
        for end in retire.values { end() }
    }

    /// Checks what a mechanism has learned.
    func authenticate(_ credentials: SASLCredentials, _ request: AuthRequest) async -> PasswordChain.LoginDecision {
        let given = credentials.authenticationIdentity
        let plain = UserQuery(user: given, request.connection, mechanism: request.mechanism)
        let user: String
        do throws(UserNameError) {
            user = try settings.normalized(given, plain.variables)
        } catch {
            log.notice(given, request.connection, "auth", "\(error)")
            return .refused(.credentials)
        }
        // To act as another wants a master user.
        let wanted = credentials.authorizationIdentity
        guard wanted.isEmpty || wanted == given || (try? settings.normalized(wanted, plain.variables)) == user else {
            log.notice(user, request.connection, "auth", "Master user logins disabled")
            return .refused(.credentials)
        }
        let query = UserQuery(user: user, request.connection, mechanism: request.mechanism)
        return await passwords.verify(query, credentials.password, request)
    }

    /// What a client is told of an accepted user: his name and the passdb's fields that are meant for it.
    static func told(_ user: String, _ fields: AuthParameters) -> AuthParameters {
        var parameters: AuthParameters = ["user": user]
        let own: Set<String> = ["user", "password", "nopassword", "allow_nets", "nodelay", "delay_until"]
        for (name, value) in fields.items where !own.contains(name) && !name.hasPrefix("userdb_") {
            parameters.append(name, value)
        }
        return parameters
    }
}
