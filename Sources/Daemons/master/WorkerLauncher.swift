// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Instance
internal import MailConfiguration
internal import POSIX

/// Starts workers: their command line, their environment, their descriptors.
struct WorkerLauncher: Sendable {
    /// The options before `--` are the skeleton's, see `DaemonArguments`.
    ///
    /// The listeners are at the descriptors from 4 on, the configuration at the one after them.
    static func arguments(
        of service: ServiceDefinition,
        listeners: [ListenerSpecification],
        configDirectory: String
    ) -> [String] {
        var arguments = [service.program, "-n", service.name, "-c", configDirectory, "-C", "\(4 + listeners.count)"]
        for listener in listeners { arguments += ["-l", listener.argument] }
        for override in service.overrides { arguments += ["-o", override] }
        return service.arguments.isEmpty ? arguments : arguments + ["--"] + service.arguments
    }

    /// What workers see of master's environment: little, and `import_environment`.
    ///
    /// - Parameters:
    ///   - imports: Elements `NAME` (kept where it is set) or `NAME=value`.
    ///   - configDirectory: The configuration folder.
    ///   - value: Looks a variable of master's environment up.
    /// - Returns: `NAME=value`, each name once.
    static func environment(
        imports: [String],
        configDirectory: String,
        value: (String) -> String?
    ) -> [String] {
        var variables = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"]
        variables["TZ"] = value("TZ")
        for element in imports {
            let parts = ListSyntax.unbraced(element).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = parts.first.map(String.init), !name.isEmpty else { continue }
            if parts.count == 2 {
                variables[name] = String(parts[1])
            } else if let kept = value(name) {
                variables[name] = kept
            }
        }
        variables["MAIL_CONFIG"] = configDirectory
        // A confined daemon must not start a tracer; master itself logs a crash.
        variables["SWIFT_BACKTRACE"] = "enable=no"
        return variables.map { "\($0.key)=\($0.value)" }.sorted()
    }

    let configuration: InstanceConfiguration
    /// Where workers' standard error goes; nil is /dev/null.
    let standardError: Int32?
    private let encodedSnapshot: [UInt8]

    init(configuration: InstanceConfiguration, standardError: Int32?) {
        self.configuration = configuration
        self.standardError = standardError
        encodedSnapshot = configuration.snapshot.encoded
    }

    /// The configuration as workers get it, at their start or with the order `reload`.
    func snapshot() throws -> Descriptor {
        try Descriptor.memory("configuration", encodedSnapshot)
    }

    /// Whether a process that this one starts has the same program and environment as one that `other` has started.
    func startsSameProcess(as other: WorkerLauncher, _ service: ServiceDefinition) -> Bool {
        let name = "import_environment"
        return configuration.executable(service.program) == other.configuration.executable(service.program)
            && configuration.main.value(named: name) == other.configuration.main.value(named: name)
    }

    /// Forks and executes a worker; the listeners follow the status socket from descriptor 4 on, and the configuration
    /// follows them.
    ///
    /// The worker gets what was read and checked at the start or the last reload, whatever the files say by now.
    func start(
        _ service: ServiceDefinition,
        status: borrowing Descriptor,
        listeners: [(specification: ListenerSpecification, number: Int32)]
    ) throws -> Int32 {
        var child = ChildProcess(
            path: configuration.executable(service.program),
            arguments: Self.arguments(
                of: service,
                listeners: listeners.map(\.specification),
                configDirectory: configuration.directory
            ),
            environment: Self.environment(
                imports: ListSyntax.split(configuration.main.value(named: "import_environment") ?? ""),
                configDirectory: configuration.directory,
                value: environmentValue
            )
        )
        let snapshot = try snapshot()
        child.descriptors = [status.number] + listeners.map(\.number) + [snapshot.number]
        child.standard.error = standardError
        child.directory = configuration.queueDirectory
        // Its memory has passwords and keys.
        child.forbidsCore = true
        let pid = try child.start()
        _ = consume snapshot
        return pid
    }
}
