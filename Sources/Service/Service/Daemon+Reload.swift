// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import POSIX

extension Daemon {
    /// Reads the configuration that master sends with the order `reload`, as at the start.
    ///
    /// - Throws: A sentence for the log when the running process cannot take it in place: it is damaged or has errors, logs
    ///   elsewhere, or needs other rights than this process has kept.
    static func reread(_ descriptor: consuming Descriptor, _ old: StartUp) throws -> StartUp {
        let arguments = try DaemonArguments(CommandLine.arguments)
        let bytes = try descriptor.read(at: 0, count: descriptor.status().size)
        guard let snapshot = ConfigurationSnapshot(encoded: bytes) else {
            throw StartUpError("the configuration is damaged")
        }
        let source = ConfigurationSource.snapshot(snapshot)
        let (main, diagnostics) = MainConfiguration.load(
            directory: arguments.configDirectory,
            overrides: arguments.overrides,
            hostFacts: .current(),
            source: source
        )
        guard !diagnostics.containsErrors else { throw StartUpError("main.cf has errors") }
        var new = old
        new.main = main
        new.configurationSource = source
        for name in ["mail_owner", "maillog_file", "syslog_facility", "syslog_name"]
        where main.value(named: name) != old.main.value(named: name) {
            throw StartUpError("\(name) has changed")
        }
        guard try rights.first.sandbox(new) == rights.first.sandbox(old) else {
            throw StartUpError("it needs other rights")
        }
        return new
    }
}
