// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
package import POSIX

/// What a daemon may do: declared on its first screen, applied by the skeleton before the first byte from outside is
/// read, printed by `--rights`, and compared with the running process by a test.
package struct Rights: Sendable, Equatable {
    /// Whether the process is confined at all.
    package enum Confinement: Sendable, Equatable {
        /// By its ids, capabilities, Landlock and seccomp.
        case full
        /// By nothing: its children must be able to do what it could not.
        case none(reason: String)
    }

    /// Whom it runs as.
    package enum User: Sendable, Equatable {
        /// `mail_owner`.
        case mailOwner
        /// `default_login_user`: no file of ours belongs to it.
        case login
        /// The owner of mailboxes, by the configuration or a userdb; only after a change.
        case mailboxOwner
        /// Root: master alone.
        case root
    }

    /// Who may connect to its sockets.
    package enum Caller: String, Sendable, CaseIterable {
        /// Whoever reaches the socket: clients on the network.
        case everybody
        case root
        /// Daemons of `mail_owner`.
        case mailOwner = "mail_owner"
        /// Daemons that talk with strangers.
        case network
        /// Daemons that hold secrets.
        case secrets
        /// The log-in processes.
        case login
        /// Whom the owner and the mode of a socket in the configuration admit.
        case configured
    }

    /// A folder or file that it reaches.
    package enum Place: Sendable, Equatable {
        /// The configuration folder.
        case configuration
        /// A folder below `queue_directory`; `""` is all of it.
        case queue(String)
        /// `data_directory`.
        case data
        /// The folder that a parameter of main.cf names, or `otherwise` where it is empty (nil: nothing).
        case parameter(String, otherwise: String? = nil)
        /// What the name service reads to find accounts, for daemons that look them up while they serve.
        ///
        /// `/etc` as a folder: Landlock knows files by their inode, and useradd(8) puts a new /etc/passwd in the place of
        /// the old one. What is secret in `/etc` is kept by its permissions, which no daemon has a capability to pass over.
        case accounts
        /// The folders that hold the homes of the users in passwd(5): `/home`, and what else the name service lists.
        case homes
        /// The folders of the files behind a list of tables, so that a table that was built anew can be opened again.
        case tables(String)
        /// A path.
        case path(String)
        /// The folders of the user's mail, known when the process becomes the user.
        case mailFolders
        /// The whole file system: only until the process has become the mail's owner and restricts itself further.
        case everything
    }

    /// Which identities it may take.
    package enum Identities: Sendable, Equatable {
        /// None but its own.
        case kept
        /// The file-system ids of those for whom it delivers: from `virtual_minimum_uid` on, and for files in a spool also
        /// the group of that folder, which a parameter names.
        case recipients(spool: String?)
        /// All ids of the owners of virtual mailboxes: from `virtual_minimum_uid` on.
        case mailboxOwners
        /// All ids of users who read mail: `first_valid_uid` and `first_valid_gid` on.
        case readers
    }

    /// What holds from one moment of a process's life on.
    package struct Stage: Sendable, Equatable {
        package var user: User
        /// What it keeps of root's powers.
        package var capabilities: Set<Capability>
        package var reads: [Place]
        package var writes: [Place]
        /// System calls beyond those that every daemon needs.
        package var calls: Set<SystemCalls.Group>
        /// The sockets that it may make and connect; those it was given go on working.
        package var sockets: Set<SystemCalls.Domain>
        package var identities: Identities

        package init(
            user: User,
            capabilities: Set<Capability> = [],
            reads: [Place] = [],
            writes: [Place] = [],
            calls: Set<SystemCalls.Group> = [],
            sockets: Set<SystemCalls.Domain> = [],
            identities: Identities = .kept
        ) {
            self.user = user
            self.capabilities = capabilities
            self.reads = reads
            self.writes = writes
            self.calls = calls
            self.sockets = sockets
            self.identities = identities
        }
    }

    package var confinement: Confinement
    /// What it may do when it begins to serve.
    package var first: Stage
    /// What is left once it has become somebody; one of these where there are several.
    package var later: [Stage]
    /// Who may connect, by the end of a listener's name; `*` is every other listener.
    package var callers: [String: Set<Caller>]
    /// A folder below `queue_directory` that is its root folder; nil without.
    package var jail: String?

    package init(
        user: User,
        capabilities: Set<Capability> = [],
        reads: [Place] = [],
        writes: [Place] = [],
        calls: Set<SystemCalls.Group> = [],
        sockets: Set<SystemCalls.Domain> = [],
        identities: Identities = .kept,
        later: [Stage] = [],
        callers: [String: Set<Caller>],
        jail: String? = nil,
        confinement: Confinement = .full
    ) {
        self.confinement = confinement
        first = Stage(
            user: user,
            capabilities: capabilities,
            reads: reads,
            writes: writes,
            calls: calls,
            sockets: sockets,
            identities: identities
        )
        self.later = later
        self.callers = callers
        self.jail = jail
    }
}

extension Rights.Stage {
    /// The sandbox of this stage under a configuration.
    package func sandbox(_ start: StartUp) throws(StartUpError) -> Sandbox {
        // Time zones and the name service's files are what the C library reads late.
        let library = ["/etc/localtime", "/usr/share/zoneinfo", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"]
        return Sandbox(
            reads: library + reads.flatMap { paths($0, start) },
            writes: writes.flatMap { paths($0, start) },
            calls: SystemCalls(calls, sockets: sockets, identities: try identities.allowed(start))
        )
    }

    private func paths(_ place: Rights.Place, _ start: StartUp) -> [String] {
        switch place {
        case .configuration: [start.configDirectory]
        case .queue(let folder): [folder.isEmpty ? start.queueDirectory : "\(start.queueDirectory)/\(folder)"]
        case .data: [start.dataDirectory]
        case .parameter(let name, let otherwise):
            [start.main.value(named: name).flatMap { $0.isEmpty ? nil : $0 } ?? otherwise].compactMap { $0 }
        // The other two are where the name services of systemd and of directory servers are asked.
        case .accounts: ["/etc", "/run/systemd/userdb", "/var/lib/sss"]
        case .homes: Identity.homeFolders().filter { (try? fileStatus($0)) != nil }
        case .tables(let name): Rights.folders(ofTables: start.main.value(named: name) ?? "")
        case .path(let path): [path]
        case .mailFolders: []
        case .everything: ["/"]
        }
    }
}

extension Rights.Identities {
    /// The numbers under a configuration; without root no identity can be taken.
    fileprivate func allowed(_ start: StartUp) throws(StartUpError) -> SystemCalls.Identities {
        guard start.isRoot else { return .kept }
        let owners = UInt32(clamping: start.main[VirtualDeliveryParameters.minimumUID])
        switch self {
        case .kept: return .kept
        case .recipients(let spool):
            let folder = spool.flatMap { start.main.value(named: $0) }.flatMap { try? fileStatus($0) }
            let minimum = SystemCalls.Allowed(
                minimumUser: owners,
                minimumGroup: spool == nil ? 1 : owners,
                groups: folder.map { [$0.group] } ?? []
            )
            return .files(minimum)
        case .mailboxOwners: return .all(SystemCalls.Allowed(minimumUser: owners, minimumGroup: 1))
        case .readers:
            let dovecot = try start.loadDovecot()
            let minimum = SystemCalls.Allowed(
                minimumUser: UInt32(clamping: dovecot.firstValidUID),
                minimumGroup: UInt32(clamping: dovecot.firstValidGID)
            )
            return .all(minimum)
        }
    }
}

extension Rights {
    /// The folders of the paths in a list such as `hash:/etc/aliases, regexp:/etc/relais/lists`.
    static func folders(ofTables specifications: String) -> [String] {
        let words = specifications.split { $0 == "," || $0 == "{" || $0 == "}" || $0.isWhitespace }
        return words.compactMap { word in
            guard let first = word.firstIndex(of: "/"), let last = word.lastIndex(of: "/"), first < last else {
                return nil
            }
            return String(word[first..<last])
        }
    }
}

extension Rights {
    /// Prints the declaration alone, for an executable without the skeleton.
    package func printDeclared(name: String) {
        let report = RightsReport(name: name, rights: self, sandboxes: nil, problem: nil)
        writeStandardOutput("\(report.line)\n")
    }
}
