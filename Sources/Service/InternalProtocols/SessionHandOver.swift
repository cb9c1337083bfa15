// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From a log-in process to a mail process, with the client's descriptor: who it is can be redeemed at auth.
///
/// Between two mail processes (`user` is set then): the one that has redeemed the ticket passes the session on to the one
/// that already serves this uid.
package struct SessionHandOver: WireMessage, Equatable {
    package static let kind: UInt8 = 50

    /// A user as auth's userdb describes it.
    package struct User: Sendable, Equatable {
        package var name: String
        package var uid: Int
        package var gid: Int
        package var groups: [Int]
        package var home: String
        /// `maildir:~/Maildir`, empty for the configured one.
        package var mail: String

        package init(name: String, uid: Int, gid: Int, groups: [Int], home: String, mail: String) {
            self.name = name
            self.uid = uid
            self.gid = gid
            self.groups = groups
            self.home = home
            self.mail = mail
        }
    }

    /// The log-in process's connection to auth (its CPID), the request there, and auth's cookie: together the ticket.
    package var clientPID: Int
    package var requestID: Int
    package var cookie: String
    package var remoteAddress: String
    package var localAddress: String
    package var isSecure: Bool
    /// The IMAP tag to answer `OK` to; empty for POP3.
    package var tag: String
    /// What the client has already sent beyond the log-in.
    package var input: [UInt8]
    package var user: User?

    package init(
        clientPID: Int,
        requestID: Int,
        cookie: String,
        remoteAddress: String,
        localAddress: String,
        isSecure: Bool,
        tag: String,
        input: [UInt8],
        user: User? = nil
    ) {
        self.clientPID = clientPID
        self.requestID = requestID
        self.cookie = cookie
        self.remoteAddress = remoteAddress
        self.localAddress = localAddress
        self.isSecure = isSecure
        self.tag = tag
        self.input = input
        self.user = user
    }

    package init(from fields: FieldReader) throws(WireError) {
        clientPID = try fields.number(1)
        requestID = try fields.number(2)
        cookie = try fields.text(3)
        remoteAddress = try fields.text(4)
        localAddress = try fields.text(5)
        isSecure = fields.flag(6)
        tag = try fields.text(7)
        input = try fields.bytes(8)
        user = nil
        if let fields = try fields.nested(9).first {
            var groups: [Int] = []
            for group in fields.texts(4) {
                guard let number = Int(group) else { throw .malformed(tag: 4) }
                groups.append(number)
            }
            user = User(
                name: try fields.text(1),
                uid: try fields.number(2, in: 0...Int(UInt32.max)),
                gid: try fields.number(3, in: 0...Int(UInt32.max)),
                groups: groups,
                home: try fields.text(5),
                mail: try fields.text(6)
            )
        }
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, clientPID)
        fields.put(2, requestID)
        fields.put(3, cookie)
        fields.put(4, remoteAddress)
        fields.put(5, localAddress)
        fields.put(6, isSecure)
        fields.put(7, tag)
        fields.put(8, input)
        guard let user else { return }
        fields.put(9) { fields in
            fields.put(1, user.name)
            fields.put(2, user.uid)
            fields.put(3, user.gid)
            fields.put(4, user.groups.map { String($0) })
            fields.put(5, user.home)
            fields.put(6, user.mail)
        }
    }
}

/// The mail process has taken the session, or has not (then the log-in process tells the client and closes).
package struct SessionTaken: WireMessage, Equatable {
    package static let kind: UInt8 = 51

    /// Empty when it was taken.
    package var error: String

    package init(error: String = "") {
        self.error = error
    }

    package init(from fields: FieldReader) throws(WireError) {
        error = try fields.text(1)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, error)
    }
}
