// SPDX-License-Identifier: Apache-2.0
package import AuthProtocol
internal import MailConfiguration
internal import POSIX
internal import Service

/// Makes of what userdb says a user whose process can be found or made.
package struct UserResolution {
    private let places: MailPlaces
    private let isRoot: Bool

    /// For users of these places; without root everybody is who runs the process.
    package init(places: MailPlaces, isRoot: Bool) {
        self.places = places
        self.isRoot = isRoot
    }

    /// Completes an entry with the configured defaults and refuses identities that mail may not have.
    ///
    /// - Parameters:
    ///   - entry: What auth knows.
    ///   - known: The groups, where they are known and the name service is out of reach.
    /// - Returns: The user.
    /// - Throws: A sentence for the log.
    package func resolve(_ entry: UserEntry, groups known: [UInt32]? = nil) throws -> MailIdentity {
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
        if let known { return try user(entry, uid: uid, gid: gid, groups: known) }
        var groups = [gid]
        if let name = entry.systemGroupsUser, let system = try Identity.named(name) {
            groups += system.groups.filter { $0 != gid && $0 != 0 }
        }
        return try user(entry, uid: uid, gid: gid, groups: groups)
    }

    private func user(_ entry: UserEntry, uid: UInt32, gid: UInt32, groups: [UInt32]) throws -> MailIdentity {
        let home = try entry.home ?? places.home(user: entry.user) ?? ""
        guard home.isEmpty || home.hasPrefix("/") else { throw StartUpError("home folder \"\(home)\" is not absolute") }
        guard !home.split(separator: "/").contains("..") else { throw StartUpError("home folder \"\(home)\" has ..") }
        _ = try places.location(user: entry.user, home: home, override: entry.mail ?? "")
        return MailIdentity(
            name: entry.user,
            uid: Int(uid),
            gid: Int(gid),
            groups: groups.map(Int.init),
            home: home,
            mail: entry.mail ?? "",
            groupsUser: entry.systemGroupsUser
        )
    }

    /// The key of a user's process.
    package func key(of user: MailIdentity) throws -> ProcessKey {
        guard let uid = UInt32(exactly: user.uid), let gid = UInt32(exactly: user.gid) else {
            throw StartUpError("no uid or gid of the user's is one")
        }
        let (folders, inbox) = try folders(of: user, uid: uid)
        guard let start = user.home.isEmpty ? folders.first : user.home else {
            throw StartUpError("the user has neither a home folder nor a mail folder")
        }
        let root = UserRoot.find(home: start, uid: uid)
        let others = folders.filter { !UserRoot.contains(root, $0) }.map { UserRoot.find(home: $0, uid: uid) }
        return ProcessKey(
            uid: uid,
            gid: gid,
            groups: user.groups.compactMap { UInt32(exactly: $0) },
            root: root,
            others: Set(others).sorted(),
            spoolInbox: inbox
        )
    }

    /// Whether the process of a key may serve a user: it has the user's identity and reaches the folders.
    package func belongs(_ user: MailIdentity, to key: ProcessKey) throws -> Bool {
        let (folders, inbox) = try folders(of: user, uid: key.uid)
        return user.uid == Int(key.uid) && user.gid == Int(key.gid) && user.groups == key.groups.map { Int($0) }
            && inbox == key.spoolInbox
            && (folders + (user.home.isEmpty ? [] : [user.home])).allSatisfy { folder in
                ([key.root] + key.others).contains { UserRoot.contains($0, folder) }
            }
    }

    /// The folders that the user's mail needs, and the path of an INBOX that lies in a folder of others.
    private func folders(of user: MailIdentity, uid: UInt32) throws -> (folders: [String], inbox: String?) {
        let location = try places.location(user: user.name, home: user.home, override: user.mail)
        let folders = [location.path].filter { !$0.isEmpty }
        guard let inbox = places.inbox(location, user: user.name) else { return (folders, nil) }
        let folder = UserRoot.parent(of: inbox)
        // A folder of the user's own has nobody else's mail; neither has a Maildir.
        if location.driver != "maildir", let status = try? fileStatus(folder), status.owner != uid {
            return (folders, inbox)
        }
        return (folders + [folder], nil)
    }
}
