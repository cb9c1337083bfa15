// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Sessions and the descriptors that they need.
    @Suite struct SessionBounds {
        /// The imapd that serves, and how many descriptors it has open.
        private static func server(_ relais: MailInstance) throws -> ProcessFigures {
            let own = relais.figures.filter { $0.name == "imapd" }.filter {
                let status = (try? String(contentsOfFile: "/proc/\($0.pid)/status", encoding: .utf8)) ?? ""
                return status.contains("Uid:\t\(relais.owner)\t")
            }
            return try #require(own.max { $0.descriptors < $1.descriptors })
        }

        @Test(.enabled(if: Surroundings.isRoot, "without root all processes are of one user, whose limit it would be"))
        func `A mail process takes no more sessions than it has descriptors for, and those it has go on`() async throws
        {
            try await MailInstance.running { relais in
                try await relais.prepareReader("alice")
                try await blocking {
                    let first = try IMAPClient(relais, "alice", "secret-a")
                    _ = try first.select("INBOX")
                    let server = try Self.server(relais)
                    func limit(_ count: Int) throws {
                        // As its own user: root may lack the right in a container.
                        let result = try Command.runHere([
                            "setpriv", "--reuid=\(relais.owner)", "--regid=\(relais.owner)", "--clear-groups",
                            "prlimit",
                            "--pid", "\(server.pid)", "--nofile=\(count):",
                        ])
                        #expect(result.isSuccess, "\(result)")
                    }
                    try limit(server.descriptors + 256 + 10)
                    var sessions: [IMAPClient] = []
                    var refusal = ""
                    while sessions.count < 40, refusal.isEmpty {
                        do {
                            sessions.append(try IMAPClient(relais, "alice", "secret-a"))
                        } catch {
                            refusal = "\(error)"
                        }
                    }
                    #expect(refusal.contains(" NO ") && refusal.contains("Too many connections."), "\(refusal)")
                    #expect((5...15).contains(sessions.count), "\(sessions.count)")
                    // What they need beside their connection is there.
                    for session in sessions + [first] {
                        _ = try session.select("INBOX")
                        #expect(try session.messages().count == 1)
                    }
                    try sessions.removeFirst().command("LOGOUT")
                    sessions.append(try IMAPClient(relais, "alice", "secret-a"))
                    try limit(1024)
                    sessions.append(try IMAPClient(relais, "alice", "secret-a"))
                }
                #expect(relais.log.contains("too many sessions"))
            }
        }
    }
}
