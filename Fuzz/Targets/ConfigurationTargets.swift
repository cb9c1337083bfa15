// SPDX-License-Identifier: Apache-2.0
import MailConfiguration

extension FuzzTarget {
    /// A main.cf: its lines, the expansion of its values, its typed values and the remarks about it.
    static let mainConfiguration = FuzzTarget("main-cf", upTo: 4096) { bytes in
        let facts = HostFacts(hostName: "host.example.org", interfaces: [])
        let (configuration, diagnostics) = MainConfiguration.parse(
            bytes,
            file: "main.cf",
            directory: "/etc/relais",
            hostFacts: facts
        )
        let lines = bytes.count { $0 == 10 } + 1
        for diagnostic in diagnostics {
            try require((0...lines).contains(diagnostic.line), "a remark on line \(diagnostic.line) of \(lines)")
        }
        for name in configuration.settings.keys { _ = configuration.value(named: name) }
        _ = configuration[SMTPServerParameters.recipientLimit]
        _ = configuration[SMTPServerParameters.banner]
        // A text with references, over values that refer to each other.
        let text = String(decoding: bytes, as: UTF8.self)
        var expansion = Expansion(lengthLimit: 1 << 16) { configuration.unexpanded($0) }
        if let expanded = try? expansion.expand(text) {
            try require(expanded.utf8.count <= 1 << 16, "longer than the limit")
        }
    }

    /// A master.cf.
    static let masterConfiguration = FuzzTarget("master-cf", upTo: 4096) { bytes in
        let (entries, diagnostics) = MasterConfiguration.parse(bytes, file: "master.cf")
        let lines = bytes.count { $0 == 10 } + 1
        for entry in entries {
            try require((1...lines).contains(entry.line), "a service on line \(entry.line) of \(lines)")
            try require(!entry.name.isEmpty && !entry.command.isEmpty, "a service without a name or a command")
            guard entry.kind != .inet else { continue }
            try require(!entry.name.contains("/../") && !entry.name.hasPrefix("../"), "a service outside of the queue")
        }
        for diagnostic in diagnostics { _ = diagnostic.description }
    }

    /// A dovecot.conf of either language, and texts with its variables.
    static let dovecotConfiguration = FuzzTarget("dovecot-conf", upTo: 4096) { bytes in
        // A file may include itself.
        let source = DovecotParser.Source { pattern in
            pattern.hasSuffix("y") ? ["y"] : []
        } read: { _ in
            .success(bytes)
        }
        let (configuration, diagnostics) = DovecotConfiguration.parse(bytes, file: "dovecot.conf", source: source)
        for diagnostic in diagnostics { _ = diagnostic.description }
        _ = configuration.forProtocol("imap").value(named: "mail_location")
        let text = String(decoding: bytes, as: UTF8.self)
        let variables = DovecotVariables(user: "alice@example.org", service: "imap", home: "/home/alice")
        for line in text.split(separator: "\n").prefix(50) {
            _ = try? variables.expand(String(line))
            _ = DovecotMailLocation(String(line))
        }
    }
}
