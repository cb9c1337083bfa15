// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From a log-in process to a mail process, with the client's descriptor, and from that one to the process that serves the
/// user already: each of them asks auth whose session it is.
package struct SessionHandOver: WireMessage, Equatable {
    package static let kind: UInt8 = 50

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

    package init(
        clientPID: Int,
        requestID: Int,
        cookie: String,
        remoteAddress: String,
        localAddress: String,
        isSecure: Bool,
        tag: String,
        input: [UInt8]
    ) {
        self.clientPID = clientPID
        self.requestID = requestID
        self.cookie = cookie
        self.remoteAddress = remoteAddress
        self.localAddress = localAddress
        self.isSecure = isSecure
        self.tag = tag
        self.input = input
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
