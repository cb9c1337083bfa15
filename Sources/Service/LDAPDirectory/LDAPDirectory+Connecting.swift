// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import LDAP
internal import LDAPTables
internal import POSIX

/// From `server_host` to a connection that is bound.
extension LDAPDirectory {
    /// Connects to the first server that answers: each gets an equal share of the time that is left.
    func connect(_ lifeline: Lifeline, _ deadline: Int64) throws(BlockingFailure) -> LDAPSession {
        var last = BlockingFailure("no server", isOutOfReach: true)
        for (index, server) in settings.servers.enumerated() {
            let now = Clock.monotonic
            guard now < deadline, !lifeline.isCut else { break }
            let share = (deadline &- now) / Int64(settings.servers.count - index)
            do throws(BlockingFailure) {
                return try connect(server, lifeline, until: now &+ share)
            } catch {
                lifeline.release()
                last = error
                // Who refuses name and password will not take them from another of the same directory.
                if !error.isOutOfReach { break }
            }
        }
        // Whatever the reason, the directory could not be asked.
        throw BlockingFailure(last.description, isOutOfReach: true)
    }

    private func connect(
        _ server: LDAPServer,
        _ lifeline: Lifeline,
        until deadline: Int64
    ) throws(BlockingFailure) -> LDAPSession {
        let descriptor = try ServerConnection.open(server, until: deadline)
        let left = deadline &- Clock.monotonic
        guard left > 0, lifeline.hold(descriptor.number) else {
            throw BlockingFailure("\(server): no answer in time", isOutOfReach: true)
        }
        lifeline.beginAttempt(nanoseconds: left)
        defer { lifeline.endAttempt() }
        var isLocal = false
        if case .socket = server.place { isLocal = true }
        do throws(LDAPFailure) {
            let session = try LDAPSession(descriptor, url: server.url, isLocal: isLocal, context: context) { number in
                lifeline.hold(number)
            }
            if server.isTLS { try session.secure() }
            if settings.tls.startTLS { try session.startTLS() }
            if settings.bind == .simple {
                try session.bind(name: settings.bindDN, password: settings.bindPassword.text)
            }
            return session
        } catch {
            let isLate = Clock.monotonic >= deadline
            throw BlockingFailure(
                "\(server): \(isLate ? "no answer in time (\(error))" : error.description)",
                isOutOfReach: isLate || error.isOutOfReach
            )
        }
    }
}
