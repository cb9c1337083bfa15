// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX
internal import Service

/// Makes of what userdb says a user whose process can be found or made.
struct UserResolution {
    let places: MailPlaces
    let isRoot: Bool

    /// Completes an entry with the configured defaults and refuses identities that mail may not have.
    ///
    /// - Throws: a sentence for the log.
    func resolve(_ entry: UserEntry) throws -> SessionHandOver.User {
        guard isRoot else {
            // Without root all mail belongs to whoever runs relais.
            let own = Identity.effectiveGroup
            return try user(entry, uid: Identity.effectiveUser, gid: own, groups: [own])
        }
        guard let uid = entry.uid ?? places.defaultUID else {
            throw StartUpError("userdb gave no uid, and mail_uid is not set")
        }
        guard let gid = entry.gid ?? places.defaultGID else {
            throw StartUpError("userdb gave no gid, and mail_gid is not set")
        }
        guard uid != 0 else { throw StartUpError("Mail access for users with UID 0 not permitted") }
        guard places.validUIDs.contains(Int(uid)) else {
            throw StartUpError("Mail access for users with UID \(uid) not permitted (see first_valid_uid)")
        }
        guard gid != 0, places.validGIDs.contains(Int(gid)) else {
            throw StartUpError("Mail access for users with GID \(gid) not permitted (see first_valid_gid)")
        }
        var groups = [gid]
        if let name = entry.systemGroupsUser, let system = try Identity.named(name) {
            groups += system.groups.filter { $0 != gid && $0 != 0 }
        }
        return try user(entry, uid: uid, gid: gid, groups: groups)
    }

    private func user(_ entry: UserEntry, uid: UInt32, gid: UInt32, groups: [UInt32]) throws -> SessionHandOver.User {
        let home = try entry.home ?? places.home(user: entry.user) ?? ""
        guard home.isEmpty || home.hasPrefix("/") else { throw StartUpError("home folder \"\(home)\" is not absolute") }
        guard !home.split(separator: "/").contains("..") else { throw StartUpError("home folder \"\(home)\" has ..") }
        let location = try places.location(user: entry.user, home: home, override: entry.mail ?? "")
        var groups = groups
        if isRoot, let group = places.privilegedGroup, places.mayUseSpool(location), !groups.contains(group) {
            groups.append(group)
        }
        return SessionHandOver.User(
            name: entry.user,
            uid: Int(uid),
            gid: Int(gid),
            groups: groups.map(Int.init),
            home: home,
            mail: entry.mail ?? ""
        )
    }

    /// The key of a user's process; `root` is given where it is known and cannot be looked for any more.
    func key(of user: SessionHandOver.User, root known: String? = nil) throws -> ProcessKey {
        let location = try places.location(user: user.name, home: user.home, override: user.mail)
        let folders = places.folders(location, user: user.name)
        guard let uid = UInt32(exactly: user.uid), let gid = UInt32(exactly: user.gid),
            let start = user.home.isEmpty ? folders.first : user.home
        else { throw StartUpError("the user has neither a home folder nor a mail folder") }
        let root: String
        if let known, UserRoot.contains(known, start) {
            root = known
        } else {
            root = UserRoot.find(home: start, uid: uid)
        }
        return ProcessKey(
            uid: uid,
            gid: gid,
            groups: user.groups.compactMap { UInt32(exactly: $0) },
            root: root,
            others: folders.filter { !$0.isEmpty && !UserRoot.contains(root, $0) }.sorted()
        )
    }
}
