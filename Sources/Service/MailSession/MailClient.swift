// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import InternalProtocols

/// A client that has logged in, as the log-in process handed it over.
@Loop
package final class MailClient {
    package let connection: Connection
    package let user: MailUser
    package let remoteAddress: String
    package let localAddress: String
    /// Whether the client's connection is protected; TLS itself ends in the log-in process.
    package let isSecure: Bool
    /// The IMAP tag to answer to; empty for POP3.
    package let tag: String
    /// What the client has sent beyond the log-in.
    package let input: [UInt8]

    init(_ connection: Connection, _ user: MailUser, _ handOver: SessionHandOver) {
        self.connection = connection
        self.user = user
        remoteAddress = handOver.remoteAddress
        localAddress = handOver.localAddress
        isSecure = handOver.isSecure
        tag = handOver.tag
        input = handOver.input
    }
}
