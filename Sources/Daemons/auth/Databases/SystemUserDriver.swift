// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import POSIX
internal import SystemPackage

/// Driver `passwd` as userdb: the users of the system (NSS), asked in an offloaded thread, for a directory may be slow.
@Loop
final class SystemUserDriver: DatabaseDriver {
    func find(_ query: UserQuery) async -> DatabaseAnswer {
        let name = query.user
        do throws(Errno) {
            let identity = try await offload { () throws(Errno) in try Identity.named(name) }
            guard let identity else { return .unknown() }
            return .found(
                DatabaseEntry(fields: [
                    "system_groups_user": identity.name, "uid": "\(identity.uid)", "gid": "\(identity.gid)",
                    "home": identity.home,
                ])
            )
        } catch {
            return .failed("getpwnam: \(error)")
        }
    }

    func users() async -> [String]? { nil }
}
