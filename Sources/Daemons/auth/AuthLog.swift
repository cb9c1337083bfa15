// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import Logging

/// auth's log lines in Dovecot's form, `passwd-file(bob,192.0.2.7): Password mismatch`, which fail2ban's filter reads.
///
/// No line ever has a password.
struct AuthLog: Sendable {
    let log: Logger

    /// A refused log-in.
    func notice(_ user: String, _ connection: AuthConnectionInfo, _ driver: String, _ text: String) {
        log.info("\(driver)(\(Self.subject(user, connection))): \(text)")
    }

    /// Something of ours is broken.
    func error(_ driver: String, _ user: String, _ text: String) {
        log.error("\(driver)(\(Self.clean(user))): \(text)")
    }

    private static func subject(_ user: String, _ connection: AuthConnectionInfo) -> String {
        var parts = [clean(user)]
        if let address = connection.remoteAddress { parts.append(clean(address)) }
        if let session = connection.session { parts.append("<\(clean(session))>") }
        return parts.joined(separator: ",")
    }

    /// What a client may write without forging another line or another address.
    private static func clean(_ text: String) -> String {
        let isHarmless = text.utf8.allSatisfy { $0 > 32 && $0 != 127 && !"(),<>".utf8.contains($0) }
        if isHarmless && text.utf8.count <= 256 { return text }
        let bytes = text.utf8.prefix(256).map { byte -> UInt8 in
            byte <= 32 || byte == 127 || "(),<>".utf8.contains(byte) ? UInt8(ascii: "?") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
