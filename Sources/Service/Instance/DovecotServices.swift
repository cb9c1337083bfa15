// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// The services that dovecot.conf asks for: auth, and the log-in and mail services of each protocol.
struct DovecotServices {
    /// A protocol with its two services.
    private struct Reading {
        let name: String
        let loginService: String
        let mailService: String
        let program: String
    }

    private static let readings = [
        Reading(name: "imap", loginService: "imap-login", mailService: "imap", program: "imapd"),
        Reading(name: "pop3", loginService: "pop3-login", mailService: "pop3", program: "pop3d"),
    ]
    /// As many users as may be served at once: a process each.
    private static let mailProcesses = 1024

    let dovecot: DovecotConfiguration
    let file: String
    let queueDirectory: String
    let accounts: Accounts
    let addresses: InternetAddresses
    private(set) var services: [ServiceDefinition] = []
    private(set) var diagnostics: [Diagnostic] = []

    init(
        _ dovecot: DovecotConfiguration,
        file: String,
        queueDirectory: String,
        accounts: Accounts,
        addresses: InternetAddresses
    ) {
        self.dovecot = dovecot
        self.file = file
        self.queueDirectory = queueDirectory
        self.accounts = accounts
        self.addresses = addresses
    }

    /// Derives the services.
    mutating func derive() {
        deriveAuth()
        for reading in Self.readings where dovecot.protocols.contains(reading.name) {
            deriveLogin(reading)
            deriveMail(reading)
        }
    }

    // MARK: auth

    private mutating func deriveAuth() {
        let configured = dovecot.service("auth")
        let place = ConfigurationPlace(file: file, line: 0)
        var listeners = [
            socket("private/auth", .secrets, .account(.network), place),
            socket("private/auth-master", .secrets, .account(.mailOwner), place),
            // A user's process redeems the tickets of its sessions itself; auth holds its uid against the ticket's.
            socket("private/auth-ticket", .secrets, .everybody, place),
            socket("login/auth", .secrets, .account(.login), place),
        ]
        for listener in configured?.unixListeners ?? [] where listener.mode != 0 {
            guard let extra = authListener(listener) else { continue }
            // A default one may be named to change who may use it.
            if let same = listeners.firstIndex(where: { $0.address == extra.address }) {
                listeners[same].access = extra.access
            } else {
                listeners.append(extra)
            }
        }
        var service = service("auth", program: "auth", listeners, place)
        service.processLimit = max(0, configured?.processLimit ?? 1)
        services.append(service)
    }

    private mutating func authListener(_ listener: DovecotService.UnixListener) -> ListenerSpecification? {
        let place = ConfigurationPlace(file: listener.place.file, line: listener.place.line)
        guard !listener.isFIFO else {
            report(place, .warning, "auth does not read named pipes; \(listener.path) is not made")
            return nil
        }
        let path = path(of: listener, place)
        var access = ListenerSpecification.Access(owner: nil, group: nil, mode: listener.mode)
        if accounts.isRoot {
            access.owner = user(listener.user, place) ?? accounts[.secrets].uid
            access.group = group(listener.group, place) ?? accounts[.secrets].gid
        }
        return ListenerSpecification(name: listener.path, address: .unix(path: path), access: access, place: place)
    }

    /// Where a listener is made: what stands below Postfix' queue folder goes into relais' own, where relais' smtpd looks
    /// for it, unless a Postfix is here too.
    private mutating func path(of listener: DovecotService.UnixListener, _ place: ConfigurationPlace) -> String {
        guard listener.path.hasPrefix("/") else { return "\(dovecot.baseDirectory)/\(listener.path)" }
        let original = "/var/spool/postfix/"
        guard listener.path.hasPrefix(original), queueDirectory + "/" != original, !OriginalAccounts.hasPostfix() else {
            return listener.path
        }
        let path = "\(queueDirectory)/\(listener.path.dropFirst(original.count))"
        report(place, .info, "no Postfix is installed here, so \(listener.path) is made as \(path)")
        return path
    }

    private mutating func user(_ name: String, _ place: ConfigurationPlace) -> UInt32? {
        if name.isEmpty { return nil }
        if let number = UInt32(name) { return number }
        if let identity = try? Identity.named(name) { return identity.uid }
        if let account = OriginalAccounts.user(name, accounts) {
            report(place, .info, "there is no user \(name); \(account.name) is meant")
            return account.uid
        }
        report(place, .error, "the user \(name) does not exist")
        return nil
    }

    private mutating func group(_ name: String, _ place: ConfigurationPlace) -> UInt32? {
        if name.isEmpty { return nil }
        if let number = UInt32(name) { return number }
        if let group = try? Identity.group(named: name) { return group }
        if let group = OriginalAccounts.group(name, accounts) {
            report(place, .info, "there is no group \(name); that of relais' own accounts is meant")
            return group
        }
        report(place, .error, "the group \(name) does not exist")
        return nil
    }

    // MARK: log-in and mail

    private mutating func deriveLogin(_ reading: Reading) {
        guard let configured = dovecot.service(reading.loginService) else { return }
        // Without a certificate there is nothing to answer a handshake with.
        let hasTLS = dovecot.tls != .no && dovecot.certificateFile != nil && dovecot.keyFile != nil
        var listeners: [ListenerSpecification] = []
        for listener in configured.inetListeners where listener.port != 0 && (hasTLS || !listener.isTLS) {
            listeners += inetListeners(listener)
        }
        // Switched off by port = 0: the protocol may still be served by what connects to the mail service itself.
        guard let first = listeners.first else { return }
        var service = service(reading.loginService, program: reading.loginService, listeners, first.place)
        service.processLimit = max(0, configured.processLimit ?? dovecot.defaultProcessLimit)
        service.idleMinimum = configured.processMinimum ?? 0
        services.append(service)
    }

    private mutating func inetListeners(_ listener: DovecotService.InetListener) -> [ListenerSpecification] {
        let place = ConfigurationPlace(file: listener.place.file, line: listener.place.line)
        if listener.usesProxyProtocol {
            report(
                place,
                .error,
                "haproxy = yes: the PROXY protocol is not supported, and without it clients would be misnamed"
            )
            return []
        }
        guard let port = UInt16(exactly: listener.port) else { return [] }
        let listen = listener.addresses.isEmpty ? dovecot.listen : listener.addresses
        do throws(InternetAddresses.Failure) {
            return try addresses.addresses(listen: listen, port: port).map {
                ListenerSpecification(
                    name: listener.name ?? "\(port)",
                    isTLS: listener.isTLS,
                    address: .internet($0.address),
                    isOptional: $0.isOptional,
                    place: place
                )
            }
        } catch {
            report(place, .error, "inet_listener \(listener.name ?? "\(port)"): \(error.message)")
            return []
        }
    }

    private mutating func deriveMail(_ reading: Reading) {
        let configured = dovecot.service(reading.mailService)
        let place = ConfigurationPlace(file: file, line: 0)
        let listener = socket("login/\(reading.mailService)", .mailOwner, .account(.login), place)
        var service = service(reading.mailService, program: reading.program, [listener], place)
        service.processLimit = max(0, configured?.processLimit ?? Self.mailProcesses)
        service.idleMinimum = configured?.processMinimum ?? 0
        // Whose mail a process serves it serves for good: the next log-in needs a fresh one, be it only to be passed on.
        service.hasSuccessors = true
        services.append(service)
    }

    // MARK: common

    private func service(
        _ name: String,
        program: String,
        _ listeners: [ListenerSpecification],
        _ place: ConfigurationPlace
    ) -> ServiceDefinition {
        ServiceDefinition(
            name: name,
            kind: "dovecot",
            program: program,
            listeners: listeners,
            processLimit: 0,
            place: place
        )
    }

    private func socket(
        _ name: String,
        _ role: AccountRole,
        _ audience: ProgramTable.Audience,
        _ place: ConfigurationPlace
    ) -> ListenerSpecification {
        ListenerSpecification(
            name: name,
            address: .unix(path: "\(queueDirectory)/\(name)"),
            access: accounts.access(role, audience),
            place: place
        )
    }

    private mutating func report(_ place: ConfigurationPlace, _ severity: Diagnostic.Severity, _ message: String) {
        diagnostics.append(place.diagnostic(severity, message))
    }
}
