// SPDX-License-Identifier: Apache-2.0
internal import Instance
internal import LookupTables
internal import MailConfiguration
internal import MailRouting
internal import POSIX
internal import SystemPackage

/// What the configuration names, as far as it can be looked at: folders, certificates, tables, the log.
struct SurroundingsCheck {
    /// Parameters of files that must be readable by root, with whether it is a private key.
    private static let files: [(name: String, isSecret: Bool)] = [
        ("smtpd_tls_cert_file", false), ("smtpd_tls_key_file", true), ("smtpd_tls_eccert_file", false),
        ("smtpd_tls_eckey_file", true), ("smtpd_tls_chain_files", true), ("smtpd_tls_CAfile", false),
    ]

    let configuration: InstanceConfiguration
    private(set) var diagnostics: [Diagnostic] = []

    init(_ configuration: InstanceConfiguration) {
        self.configuration = configuration
    }

    /// Looks at everything.
    mutating func run() {
        checkFolders()
        checkFiles()
        checkTables()
        checkLog()
        if Sandbox.landlockVersion == 0 {
            let text = "this kernel has no Landlock: user ids and seccomp alone hold what a daemon may reach"
            let file = "\(configuration.directory)/main.cf"
            diagnostics.append(Diagnostic(.warning, file: file, line: 0, text))
        }
    }

    // MARK: Folders

    private mutating func checkFolders() {
        let main = configuration.main
        if (try? fileStatus(main[GeneralParameters.daemonDirectory]))?.kind != .directory {
            report(.error, "daemon_directory", "\(main[GeneralParameters.daemonDirectory]) is no folder")
        }
        guard let queue = status("queue_directory", main[GeneralParameters.queueDirectory]) else { return }
        guard queue.kind == .directory else {
            return report(.error, "queue_directory", "\(main[GeneralParameters.queueDirectory]) is no folder")
        }
        for folder in ["incoming", "deferred", "hold", "corrupt"] {
            let path = "\(main[GeneralParameters.queueDirectory])/\(folder)"
            guard let found = try? fileStatus(path) else { continue }
            if configuration.accounts.isRoot, found.owner != configuration.accounts.mailOwner.uid {
                report(.error, "queue_directory", "\(path) does not belong to \(main[GeneralParameters.mailOwner])")
            }
            if found.mode & 0o077 != 0 {
                report(.warning, "queue_directory", "\(path) is open to others than its owner; start sets it right")
            }
        }
    }

    /// A folder that is not there yet is made by `mailctl start`.
    private mutating func status(_ name: String, _ path: String) -> FileStatus? {
        do throws(Errno) {
            return try fileStatus(path)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            report(.error, name, "\(path): \(error)")
            return nil
        }
    }

    // MARK: Files

    private mutating func checkFiles() {
        let main = configuration.main
        for (name, isSecret) in Self.files where main.settings[name] != nil {
            for path in ListSyntax.split(main.value(named: name) ?? "") where path.hasPrefix("/") {
                let place = main.settings[name].map { ConfigurationPlace(file: $0.file, line: $0.line) }
                checkFile(path, isSecret: isSecret, name: name, place)
            }
        }
        guard let dovecot = configuration.dovecot, dovecot.tls != .no else { return }
        let place = ConfigurationPlace(file: "\(configuration.directory)/dovecot.conf", line: 0)
        let named: [(String, String?, Bool)] = [
            ("ssl_cert", dovecot.certificateFile, false), ("ssl_key", dovecot.keyFile, true),
            ("ssl_alt_cert", dovecot.alternativeCertificateFile, false),
            ("ssl_alt_key", dovecot.alternativeKeyFile, true),
        ]
        for (name, path, isSecret) in named {
            if let path { checkFile(path, isSecret: isSecret, name: name, place) }
        }
    }

    private mutating func checkFile(_ path: String, isSecret: Bool, name: String, _ place: ConfigurationPlace?) {
        do throws(Errno) {
            let file = try Descriptor.open(path, .read)
            let status = try file.status()
            if isSecret && status.mode & 0o004 != 0 {
                report(.warning, name, "\(path) can be read by everybody: chmod o-r \(path)", place)
            }
            // An ordinary file without a single BEGIN line is no PEM.
            let start = try file.read(at: 0, count: 65536)
            if !String(decoding: start, as: UTF8.self).contains("-----BEGIN ") {
                report(.error, name, "\(path) holds nothing in PEM form (no \"-----BEGIN …\" line)", place)
            }
        } catch {
            report(.error, name, "\(path): \(error)", place)
        }
    }

    // MARK: Tables

    private mutating func checkTables() {
        let main = configuration.main
        var seen: Set<String> = []
        for parameter in ParameterRows.all where parameter.typeName == "lookup tables" {
            guard let text = main.value(named: parameter.name) else { continue }
            let use = TableUse.of(parameter.name)
            // Many defaults name the same table; once for each kind of use is enough.
            for specification in ListSyntax.split(text)
            where seen.insert("\(use.result) \(use.substitution) \(specification)").inserted {
                checkTable(specification, parameter.name)
            }
        }
    }

    private mutating func checkTable(_ specification: String, _ name: String) {
        // Asked of this process's own surroundings, so nothing to open.
        guard !specification.hasPrefix("proxy:unix:"), !specification.hasPrefix("unix:") else { return }
        // proxymap itself looks at the file, when its check is run.
        guard !specification.hasPrefix("ldap:"), !specification.hasPrefix("proxy:ldap:") else { return }
        var pool = TablePool(unavailable: .isAnError)
        do throws(TableConfigurationError) {
            _ = try pool.open(specification, for: .of(name))
            for notice in pool.notices { report(.warning, name, "\(notice)") }
        } catch {
            let isSet = configuration.main.settings[name] != nil
            report(isSet ? .error : .warning, name, error.reason)
        }
    }

    // MARK: Log

    private mutating func checkLog() {
        guard configuration.main[GeneralParameters.maillogFile].isEmpty, (try? fileStatus("/dev/log")) == nil else {
            return
        }
        report(.warning, "maillog_file", "there is no syslog here (/dev/log): set maillog_file, or log lines are lost")
    }

    private mutating func report(
        _ severity: Diagnostic.Severity,
        _ name: String,
        _ message: String,
        _ place: ConfigurationPlace? = nil
    ) {
        let setting = configuration.main.settings[name]
        diagnostics.append(
            Diagnostic(
                severity,
                file: place?.file ?? setting?.file ?? "\(configuration.directory)/main.cf",
                line: place?.line ?? setting?.line ?? 0,
                "\(name): \(message)"
            )
        )
    }
}
