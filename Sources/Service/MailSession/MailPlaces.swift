// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
package import MailStore
internal import POSIX
package import Service

/// Where users' mail is and whom it belongs to, as dovecot.conf says.
package struct MailPlaces: Sendable {
    private let service: String
    private let location: DovecotMailLocation
    /// What divides the levels of names where dovecot.conf says it; otherwise what is usual with the store.
    private let separator: Character?
    private let home: String?
    /// The ids of users for whom userdb gives none.
    let defaultUID: UInt32?
    let defaultGID: UInt32?
    let validUIDs: ClosedRange<Int>
    let validGIDs: ClosedRange<Int>
    /// The group that may write in the spool folder (`mail_privileged_group`), for the lock of INBOX and for making it.
    let privilegedGroup: UInt32?

    /// Reads the settings; names of accounts are looked up now, while that may block.
    package init(_ configuration: DovecotConfiguration, service: String) throws {
        self.service = service
        location = configuration.mailLocation
        home = configuration.mailHome
        let namespaces = configuration.namespaces.filter { !$0.isDisabled && $0.kind == .private }
        separator = (namespaces.first { $0.isInbox } ?? namespaces.first)?.separator?.first
        defaultUID = try configuration.mailUser.map { name throws in
            if let number = UInt32(name) { return number }
            guard let user = try Identity.named(name) else { throw StartUpError("mail_uid: no user \(name)") }
            return user.uid
        }
        defaultGID = try configuration.mailGroup.map { name throws in
            if let number = UInt32(name) { return number }
            guard let group = try Identity.group(named: name) else { throw StartUpError("mail_gid: no group \(name)") }
            return group
        }
        privilegedGroup = try configuration.privilegedGroup.flatMap { name throws in
            guard let group = try Identity.group(named: name) else {
                throw StartUpError("mail_privileged_group: no group \(name)")
            }
            return group
        }
        validUIDs = Self.range(configuration.firstValidUID, configuration.lastValidUID)
        validGIDs = Self.range(configuration.firstValidGID, configuration.lastValidGID)
    }

    private static func range(_ first: Int, _ last: Int) -> ClosedRange<Int> {
        let first = max(first, 0)
        return first...(last == 0 ? Int.max : max(first, last))
    }

    /// A user's location with its variables replaced; the driver may still be unknown.
    ///
    /// - Parameters:
    ///   - user: the name.
    ///   - home: the home folder.
    ///   - override: userdb's `mail` field, empty where it has none.
    /// - Returns: the location; its driver is empty where none is named.
    /// - Throws: a sentence for the log.
    package func location(user: String, home: String, override: String) throws(StartUpError) -> DovecotMailLocation {
        let variables = DovecotVariables(user: user, service: service, home: home)
        let wanted = override.isEmpty ? location : DovecotMailLocation(override)
        let location: DovecotMailLocation
        do throws(DovecotVariables.Failure) {
            location = try wanted.expanded(with: variables)
        } catch {
            throw StartUpError("mail_location: \(error)")
        }
        // A name such as `../other` must not lead out of the folder that the administrator has thought of.
        for path in [location.path, location.inboxPath ?? ""] where path.split(separator: "/").contains("..") {
            throw StartUpError("mail_location: \"\(path)\" has ..")
        }
        return location
    }

    /// The home folder where userdb gives none.
    func home(user: String) throws(StartUpError) -> String? {
        do throws(DovecotVariables.Failure) {
            return try home.map { text throws(DovecotVariables.Failure) in
                try DovecotVariables(user: user, service: service).expand(text)
            }
        } catch {
            throw StartUpError("mail_home: \(error)")
        }
    }

    /// The path of INBOX where it does not follow from the folder of the mailboxes; nil where it does.
    func inbox(_ location: DovecotMailLocation, user: String) -> String? {
        location.inboxPath ?? (location.driver.isEmpty && location.path.isEmpty ? Self.spool(user) : nil)
    }

    /// Opens the mailboxes at a location; where no driver is named, what is there decides.
    ///
    /// The process must be the user already. It blocks for a few system calls. `spool` is the folder of an INBOX that lies
    /// among those of others.
    package func storage(
        _ location: DovecotMailLocation,
        user: String,
        home: String,
        spool: SpoolFolder? = nil
    ) throws(StartUpError) -> MailStorage {
        let location = location.driver.isEmpty ? Self.found(location, user: user, home: home) : location
        var text = "\(location.driver):\(location.path)"
        if let inbox = location.inboxPath { text += ":INBOX=\(inbox)" }
        do throws(MailLocation.Failure) {
            return MailStorage(
                location: try MailLocation(text, home: home),
                separator: separator ?? (location.driver == "maildir" ? "." : "/"),
                spool: spool
            )
        } catch {
            switch error {
            case .unknownFormat(let name): throw StartUpError("mail_location: the driver \(name) is not supported")
            case .badPath(let path): throw StartUpError("mail_location: \"\(path)\" is no absolute path")
            case .unknownOption(let option): throw StartUpError("mail_location: \(option) is not supported")
            }
        }
    }

    private static func spool(_ user: String) -> String { "/var/mail/\(user)" }

    /// What the home folder has: a Maildir, or folders of mbox files with INBOX in the spool; a Maildir by default.
    private static func found(_ location: DovecotMailLocation, user: String, home: String) -> DovecotMailLocation {
        func exists(_ path: String) -> Bool { (try? fileStatus(path)) != nil }
        var found = location
        if !location.path.isEmpty {
            found.driver = exists(location.path + "/cur") ? "maildir" : "mbox"
            return found
        }
        for folder in ["\(home)/mail", "\(home)/Mail"] where !exists("\(home)/Maildir") && exists(folder) {
            found = DovecotMailLocation("mbox:\(folder)")
            found.inboxPath = exists(spool(user)) ? spool(user) : "\(folder)/inbox"
            return found
        }
        return DovecotMailLocation("maildir:\(home)/Maildir")
    }
}
