// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
package import POSIX

/// What a daemon may do: declared on its first screen, applied by the skeleton before the first byte from outside is
/// read, and compared with /proc by a test.
package struct Rights: Sendable, Equatable {
    /// Whom it runs as.
    package enum User: Sendable, Equatable {
        /// `mail_owner`.
        case mailOwner
        /// `default_login_user`: no file of ours belongs to it.
        case login
        /// Root: master alone.
        case root
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
        /// the old one. What is secret in `/etc` is kept by its permissions.
        case accounts
        /// The folders that hold the homes of the users in passwd(5): `/home`, and what else the name service lists.
        case homes
        /// The folders of the files behind a list of tables, so that a table that was built anew can be opened again.
        case tables(String)
        /// A path.
        case path(String)
        /// The whole file system: only until the daemon has become the mail's owner and restricts itself further.
        case everything
    }

    package var user: User
    /// What it keeps of root's powers.
    package var capabilities: Set<Capability>
    package var reads: [Place]
    package var writes: [Place]
    package var executes: [Place]
    /// System calls it does without, beyond those that no daemon needs.
    package var refuses: Set<Sandbox.CallGroup>
    /// A folder below `queue_directory` that is its root folder; nil without.
    package var jail: String?

    package init(
        user: User,
        capabilities: Set<Capability> = [],
        reads: [Place] = [],
        writes: [Place] = [],
        executes: [Place] = [],
        refuses: Set<Sandbox.CallGroup> = [],
        jail: String? = nil
    ) {
        self.user = user
        self.capabilities = capabilities
        self.reads = reads
        self.writes = writes
        self.executes = executes
        self.refuses = refuses
        self.jail = jail
    }

    /// The sandbox of these rights under a configuration.
    func sandbox(_ start: StartUp) -> Sandbox {
        // Time zones and the name service's files are what the C library reads late.
        let library = ["/etc/localtime", "/usr/share/zoneinfo", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"]
        return Sandbox(
            reads: library + reads.flatMap { paths($0, start) },
            writes: writes.flatMap { paths($0, start) },
            executes: executes.flatMap { paths($0, start) },
            refuses: refuses
        )
    }

    private func paths(_ place: Place, _ start: StartUp) -> [String] {
        switch place {
        case .configuration: [start.configDirectory]
        case .queue(let folder): [folder.isEmpty ? start.queueDirectory : "\(start.queueDirectory)/\(folder)"]
        case .data: [start.dataDirectory]
        case .parameter(let name, let otherwise):
            [start.main.value(named: name).flatMap { $0.isEmpty ? nil : $0 } ?? otherwise].compactMap { $0 }
        // The other two are where the name services of systemd and of directory servers are asked.
        case .accounts: ["/etc", "/run/systemd/userdb", "/var/lib/sss"]
        case .homes: Identity.homeFolders()
        case .tables(let name): Self.folders(ofTables: start.main.value(named: name) ?? "")
        case .path(let path): [path]
        case .everything: ["/"]
        }
    }

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
