// SPDX-License-Identifier: Apache-2.0

/// Where a user's mail is: the setting `mail_location`, with its variables expanded.
package struct MailLocation: Sendable, Equatable {
    /// The kind of store.
    package enum Format: String, Sendable {
        /// Maildir++: `.Folder.Sub` below the root.
        case maildir
        /// A file for each mailbox.
        case mbox
    }

    /// What is wrong with a location.
    package enum Failure: Error, Sendable, Equatable {
        /// The part before the first colon is no format that we have.
        case unknownFormat(String)
        /// There is no path, or it is relative.
        case badPath(String)
        /// An option after the path that is not known.
        case unknownOption(String)
    }

    package let format: Format
    /// The folder with the mailboxes, absolute, without a slash at the end.
    package let root: String
    /// Where INBOX is; for a Maildir the root itself.
    package let inbox: String

    package init(format: Format, root: String, inbox: String? = nil) {
        self.format = format
        self.root = root
        self.inbox = inbox ?? (format == .maildir ? root : root + "/inbox")
    }

    /// The location of the one mailbox at a path of a delivery agent's configuration (`virtual_mailbox_maps`,
    /// `home_mailbox`): a Maildir where the path ends in a slash, otherwise an mbox, which has no folders beside it.
    package init(mailbox path: String) {
        guard path.hasSuffix("/") else {
            self.init(format: .mbox, root: path, inbox: path)
            return
        }
        var root = path
        while root.utf8.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.init(format: .maildir, root: root)
    }

    /// Reads `maildir:~/Maildir` or `mbox:~/mail:INBOX=/var/mail/user`; `~` is the home folder.
    ///
    /// - Parameters:
    ///   - text: the location, `%` variables expanded already.
    ///   - home: the user's home folder, absolute.
    /// - Throws: what is wrong with it.
    package init(_ text: String, home: String) throws(Failure) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let format = Format(rawValue: parts[0]) else { throw .unknownFormat(parts[0]) }
        guard parts.count > 1 else { throw .badPath("") }
        let root = try Self.path(parts[1], home: home)
        var inbox: String?
        for option in parts.dropFirst(2) {
            if option.hasPrefix("INBOX=") {
                inbox = try Self.path(String(option.dropFirst(6)), home: home)
            } else if !(format == .maildir && option == "LAYOUT=maildir++")
                && !(format == .mbox && option == "LAYOUT=fs")
                && !option.hasPrefix("INDEX=")
            {
                throw .unknownOption(option)
            }
        }
        self.init(format: format, root: root, inbox: inbox)
    }

    private static func path(_ text: String, home: String) throws(Failure) -> String {
        var path = text
        if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard path.hasPrefix("/"), path.utf8.count > 1, !path.utf8.contains(0) else { throw .badPath(text) }
        return path
    }
}
