// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport

/// What an executable says of itself with `--rights`.
struct DeclaredRights: Decodable {
    /// What holds from one moment of its life on.
    struct Stage: Decodable {
        /// Paths and numbers under one configuration.
        struct Sandbox: Decodable {
            let reads: [String]
            let writes: [String]
            let calls: [String]
            let sockets: [String]
            let ids: String
            let minimum_uid: UInt32?
            let minimum_gid: UInt32?
            let groups: [UInt32]?

            /// Whether one of the paths is the folder or one above it.
            static func cover(_ paths: [String], _ folder: String) -> Bool {
                paths.contains { $0 == "/" || folder == $0 || folder.hasPrefix($0 + "/") }
            }

            /// The filter that these rights make.
            func systemCalls() throws -> SystemCalls {
                let allowed = SystemCalls.Allowed(
                    minimumUser: minimum_uid ?? .max,
                    minimumGroup: minimum_gid ?? .max,
                    groups: groups ?? []
                )
                let identities: [String: SystemCalls.Identities] = [
                    "kept": .kept, "groups": .fileGroups(groups ?? []), "files": .files(allowed), "all": .all(allowed),
                ]
                guard let known = identities[ids] else { throw DeadlineError(description: "ids \(ids)?") }
                return SystemCalls(
                    Set(calls.compactMap { SystemCalls.Group(rawValue: $0) }),
                    sockets: Set(sockets.compactMap { SystemCalls.Domain(rawValue: $0) }),
                    identities: known
                )
            }
        }

        let user: String
        let capabilities: [String]
        let sandbox: Sandbox?

        /// The mask of /proc/PID/status.
        var capabilityMask: UInt64 {
            let numbers: [String: UInt64] = [
                "cap_chown": 0, "cap_dac_read_search": 2, "cap_kill": 5, "cap_setgid": 6, "cap_setuid": 7,
                "cap_net_bind_service": 10, "cap_sys_chroot": 18,
            ]
            // One that is not in the list makes a mask that no process has.
            return capabilities.reduce(0) { $0 | 1 << (numbers[$1] ?? 63) }
        }
    }

    let name: String
    let confinement: String
    let callers: [String: [String]]
    let jail: String?
    let stages: [Stage]
    let problem: String?

    /// Asks an executable, with the configuration of an instance.
    static func of(_ program: String, _ instance: MailInstance) async throws -> DeclaredRights {
        let result = try await Command.run([
            Surroundings.product(program), "--rights", "-n", program, "-c", instance.folder["etc"],
        ])
        guard result.isSuccess else { throw DeadlineError(description: "\(program) --rights: \(result)") }
        return try JSONDecoder().decode(DeclaredRights.self, from: Data(result.output))
    }
}
