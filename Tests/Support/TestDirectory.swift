// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import Synchronization

/// A directory server (slapd of OpenLDAP) in a temporary folder on a free loopback port, run as the current user.
package final class TestDirectory: Sendable {
    /// The suffix of all names in it.
    package static let suffix = "dc=example,dc=test"
    /// A name that may read everything, and its password.
    package static let administrator = (name: "cn=admin,dc=example,dc=test", password: "directory secret")

    /// Whether there is a slapd; tests without one are skipped.
    package static let isInstalled =
        Command.isInstalled("slapd") && FileManager.default.fileExists(atPath: "/etc/ldap/schema/core.schema")
    package static let reason: String = "slapd is not installed (apt-get install slapd ldap-utils)"

    package let folder = TemporaryFolder("relais-directory")
    package let port = Ports.free()
    package let tlsPort = Ports.free()
    private let process = Mutex<Int32>(0)

    /// All that run, to be ended with this process: one that tests share is never given up.
    private static let running = Mutex<Set<Int32>>([])
    private static let endsWithProcess: Void = {
        atexit { TestDirectory.running.withLock { $0.forEach { kill($0, SIGKILL) } } }
    }()

    /// The path of the socket that it listens on too.
    package var socket: String { folder["ldapi"] }
    /// The certificate of its authority, which is its own.
    package var certificate: String { folder["cert.pem"] }

    /// Writes the configuration and loads the entries.
    ///
    /// - Parameters:
    ///   - entries: LDIF below the suffix, which is there already.
    ///   - global: Lines of slapd.conf before the database, given the folder of all files.
    /// - Throws: What slapadd says.
    package init(entries: String, global: (TemporaryFolder) -> [String] = { _ in [] }) throws {
        try folder.makeFolder("db")
        try folder.write("own.schema", Self.schema)
        try TestCertificate.make(certificate: folder["cert.pem"], key: folder["key.pem"])
        try folder.write("slapd.conf", configuration(global(folder)), mode: 0o600)
        try folder.write("entries.ldif", Self.root + entries)
        let loaded = try Command.runHere(["slapadd", "-f", folder["slapd.conf"], "-l", folder["entries.ldif"]])
        guard loaded.isSuccess else { throw DeadlineError(description: "slapadd: \(loaded)") }
    }

    deinit {
        let pid = process.withLock { $0 }
        guard pid > 0 else { return }
        kill(pid, SIGCONT)
        kill(pid, SIGKILL)
        Self.reap(pid)
    }

    /// Starts it and waits until it listens.
    ///
    /// - Throws: When it ends or does not listen in time.
    package func start() async throws {
        let places: [String] = ["/usr/sbin/slapd", "/usr/libexec/slapd", "/usr/lib/openldap/slapd"]
        let path = places.first { access($0, X_OK) == 0 } ?? "slapd"
        let socket = socket.replacingOccurrences(of: "/", with: "%2F")
        var child = ChildProcess(
            path: path,
            arguments: [
                path, "-f", folder["slapd.conf"], "-d", "0", "-h",
                "ldap://127.0.0.1:\(port)/ ldaps://127.0.0.1:\(tlsPort)/ ldapi://\(socket)",
            ],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        )
        let errors = open(folder["stderr"], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { close(errors) }
        child.standard = (nil, errors, errors)
        let started = try child.start()
        process.withLock { $0 = started }
        _ = Self.endsWithProcess
        _ = Self.running.withLock { $0.insert(started) }
        let port = port
        try await waiting(until: "slapd listens: \(folder.text("stderr"))", seconds: 120) {
            (try? RawClient(port: port)) != nil
        }
    }

    /// Stops the process where it is, and waits until all of its threads stand still: the kernel still takes connections
    /// for it.
    package func freeze() {
        let pid = process.withLock { $0 }
        kill(pid, SIGSTOP)
        for _ in 0..<12_000 where !Self.standsStill(pid) { usleep(10_000) }
    }

    private static func standsStill(_ pid: Int32) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.allSatisfy { thread in
            let line = (try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8)) ?? ""
            // proc(5): the state follows the name, which stands in parentheses.
            return line.split(separator: ")").last?.hasPrefix(" T") ?? true
        }
    }

    /// Lets it go on.
    package func thaw() { kill(process.withLock { $0 }, SIGCONT) }

    /// Ends it; `start` starts it anew.
    package func stop() {
        let pid = process.withLock { number in
            defer { number = 0 }
            return number
        }
        guard pid > 0 else { return }
        kill(pid, SIGCONT)
        kill(pid, SIGTERM)
        Self.reap(pid)
    }

    private static func reap(_ pid: Int32) {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        _ = running.withLock { $0.remove(pid) }
    }

    private func configuration(_ global: [String]) -> String {
        """
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include \(folder["own.schema"])
        modulepath /usr/lib/ldap
        moduleload back_mdb
        pidfile \(folder["slapd.pid"])
        TLSCertificateFile \(folder["cert.pem"])
        TLSCertificateKeyFile \(folder["key.pem"])
        \(global.joined(separator: "\n"))
        database mdb
        suffix "\(Self.suffix)"
        rootdn "\(Self.administrator.name)"
        rootpw "\(Self.administrator.password)"
        directory \(folder["db"])

        """
    }

    /// Attributes as ldap_table(5) names them, below an arc for examples (RFC 5612).
    private static let schema = """
        attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'mailacceptinggeneralid' EQUALITY caseIgnoreMatch
          SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
        attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'maildrop' EQUALITY caseIgnoreMatch
          SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
        attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'mailbox' EQUALITY caseExactMatch
          SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
        attributetype ( 1.3.6.1.4.1.32473.1.4 NAME 'blob' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
        objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'mailAccount' SUP top STRUCTURAL MUST uid
          MAY ( mail $ mailacceptinggeneralid $ maildrop $ mailbox $ blob $ userPassword $ description ) )

        """

    private static let root = """
        dn: dc=example,dc=test
        objectClass: dcObject
        objectClass: organization
        dc: example
        o: Example


        """
}
