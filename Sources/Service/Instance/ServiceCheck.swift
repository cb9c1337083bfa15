// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
internal import POSIX
internal import SystemPackage

/// Asks every service's executable what is wrong with the configuration (`--check`): tables, restrictions, certificates
/// and databases are judged by the program that uses them.
package struct ServiceCheck {
    /// How long all programs together may take.
    private static let patience: Int64 = 60_000

    private let configuration: InstanceConfiguration

    package init(_ configuration: InstanceConfiguration) {
        self.configuration = configuration
    }

    /// What a program is started with; services that share it are asked once.
    private struct Question: Hashable {
        let program: String
        let overrides: [String]
        let arguments: [String]
    }

    /// Runs the programs at the same time and collects what they say; it blocks.
    ///
    /// `known` is what was said before: what only repeats it is left out.
    package func run(known: [Diagnostic]) -> [Diagnostic] {
        var asked: Set<Question> = []
        var found: [Diagnostic] = []
        var running: [(service: ServiceDefinition, pid: Int32, output: Descriptor.Shared)] = []
        for service in configuration.services {
            let question = Question(
                program: service.program,
                overrides: service.overrides,
                arguments: service.arguments
            )
            guard asked.insert(question).inserted else { continue }
            do {
                let (pid, output) = try start(service)
                running.append((service, pid, output))
            } catch {
                found.append(service.place.diagnostic(.error, "\(service.program) cannot be asked: \(error)"))
            }
        }
        let deadline = Clock.monotonic + Self.patience * 1_000_000
        for (service, pid, output) in running {
            found += answer(of: service, pid, output, deadline: deadline)
        }
        return Self.withoutRepetitions(found, known)
    }

    private func start(_ service: ServiceDefinition) throws -> (Int32, Descriptor.Shared) {
        let path = configuration.executable(service.program)
        var arguments = [service.program, "--check", "-n", service.name, "-c", configuration.directory]
        for override in service.overrides { arguments += ["-o", override] }
        if !service.arguments.isEmpty { arguments += ["--"] + service.arguments }
        var child = ChildProcess(
            path: path,
            arguments: arguments,
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
                "SWIFT_BACKTRACE=enable=no", "MAIL_CONFIG=\(configuration.directory)",
            ]
        )
        child.directory = "/"
        child.forbidsCore = true
        return try Descriptor.withPipe { reading, writing in
            child.standard = (nil, writing.number, nil)
            let pid = try child.start()
            try writing.close()
            return (pid, Descriptor.Shared(reading))
        }
    }

    private func answer(
        of service: ServiceDefinition,
        _ pid: Int32,
        _ output: Descriptor.Shared,
        deadline: Int64
    ) -> [Diagnostic] {
        let text = output.readToEnd(deadline: deadline, limit: 1 << 20)
        if text == nil { try? sendSignal(9, to: pid) }
        let status = try? waitForChild(pid)
        guard let text else {
            return [service.place.diagnostic(.error, "\(service.program) has not checked the configuration in time")]
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        var found = lines.map { Self.diagnostic($0, service) }
        if status != .exited(0), !found.containsErrors {
            let end = status.map { "\($0)" } ?? "without a status"
            found.append(service.place.diagnostic(.error, "\(service.program) --check ended with \(end)"))
        }
        return found
    }

    /// Reads `file:line: error: text` or `error: text`; what is neither counts as an error of the service's line.
    static func diagnostic(_ line: String, _ service: ServiceDefinition) -> Diagnostic {
        for severity in [Diagnostic.Severity.error, .warning] {
            let mark = "\(severity.rawValue): "
            if line.hasPrefix(mark) {
                return service.place.diagnostic(severity, "\(service.program): \(line.dropFirst(mark.count))")
            }
            guard let range = line.firstRange(of: ": \(mark)") else { continue }
            let place = line[..<range.lowerBound]
            let text = String(line[range.upperBound...])
            if let colon = place.lastIndex(of: ":"), let number = Int(place[place.index(after: colon)...]) {
                return Diagnostic(severity, file: String(place[..<colon]), line: number, text)
            }
            // A setting of `-o` is somewhere in the service's entry.
            let line = place == service.place.file ? service.place.line : 0
            return Diagnostic(severity, file: String(place), line: line, text)
        }
        return service.place.diagnostic(.error, "\(service.program): \(line)")
    }

    /// Leaves out what says no more than an earlier one: the same text, or an error of a line that has one already.
    static func withoutRepetitions(_ found: [Diagnostic], _ known: [Diagnostic]) -> [Diagnostic] {
        var said = known
        var new: [Diagnostic] = []
        for diagnostic in found {
            let isKnown = said.contains { other in
                other.severity >= diagnostic.severity
                    && (other.message == diagnostic.message || diagnostic.message.hasSuffix(": \(other.message)")
                        || other.message.hasSuffix(": \(diagnostic.message)"))
                    || other.severity == .error && diagnostic.severity == .error && diagnostic.line > 0
                        && other.file == diagnostic.file && other.line == diagnostic.line
            }
            guard !isKnown else { continue }
            said.append(diagnostic)
            new.append(diagnostic)
        }
        return new
    }
}
