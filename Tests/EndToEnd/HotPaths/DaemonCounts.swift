// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport

/// Counts what daemons of an instance do while something happens.
struct DaemonCounts {
    let instance: MailInstance
    /// Where the preloaded counters write.
    let folder: String

    /// Has the daemons of an instance count their allocations.
    static func prepare(_ setup: inout InstanceSetup, _ folder: TemporaryFolder) {
        let counts = folder["allocations"]
        try? FileManager.default.createDirectory(atPath: counts, withIntermediateDirectories: true)
        chmod(counts, 0o777)
        setup.main.append("import_environment = TZ")
        setup.main.append("  LD_PRELOAD=\(Surroundings.product("libAllocationCounter.so"))")
        setup.main.append("  RELAIS_ALLOCATIONS=\(counts)")
    }

    /// Allocations so far of a program's processes.
    func allocations(_ program: String) -> Double {
        instance.processes.filter { $0.name == program }.reduce(0) { sum, process in
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(program).\(process.pid)") ?? Data()
            return sum + bytes.enumerated().reduce(0) { $0 + Double($1.element) * pow(256, Double($1.offset)) }
        }
    }

    /// The system calls of programs while `body` runs, counted by strace.
    ///
    /// - Throws: What `body` throws, and when strace does not begin or end.
    func systemCalls(_ programs: [String], during body: () async throws -> Void) async throws -> [String: Double] {
        let traces = TemporaryFolder("relais-traces")
        var tracers: [(program: String, pid: Int32)] = []
        for process in instance.processes where programs.contains(process.name) {
            var child = ChildProcess(
                path: "/usr/bin/strace",
                arguments: [
                    "strace", "-f", "-c", "-U", "calls,name", "-o", traces["\(process.name).\(process.pid)"], "-p",
                    String(process.pid),
                ],
                environment: ["PATH=/usr/bin:/bin"]
            )
            let errors = open(traces["errors.\(process.pid)"], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(errors) }
            child.standard = (nil, errors, errors)
            tracers.append((process.name, try child.start()))
            try await waiting(until: "strace has attached to \(process.name)") {
                traces.text("errors.\(process.pid)").contains("attached")
            }
        }
        try await body()
        for tracer in tracers { kill(tracer.pid, SIGINT) }
        for tracer in tracers {
            try await waiting(until: "strace ends") {
                var status: Int32 = 0
                return waitpid(tracer.pid, &status, WNOHANG) == tracer.pid
            }
        }
        var sums: [String: Double] = [:]
        for name in traces.names("") where !name.hasPrefix("errors") {
            let program = String(name.prefix { $0 != "." })
            for line in traces.text(name).split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count == 2, let calls = Double(fields[0]), fields[1] != "total" else { continue }
                sums[program, default: 0] += calls
            }
        }
        return sums
    }
}
