// SPDX-License-Identifier: Apache-2.0

/// The facts of a session as Dovecot's log-in processes write them, so that fail2ban's filter finds name and address.
enum LoginLog {
    /// `user=<alice>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, TLS, session=<…>`.
    static func facts(
        user: String,
        method: String,
        remote: String,
        local: String,
        isTLS: Bool,
        isSecured: Bool,
        session: String
    ) -> String {
        var parts = ["user=<\(clean(user))>"]
        if !method.isEmpty { parts.append("method=\(clean(method))") }
        parts.append("rip=\(remote)")
        parts.append("lip=\(local)")
        if isTLS { parts.append("TLS") } else if isSecured { parts.append("secured") }
        parts.append("session=<\(session)>")
        return parts.joined(separator: ", ")
    }

    /// A client's words without what could forge a field or a line.
    static func clean(_ text: String) -> String {
        let bytes = text.utf8.prefix(256).map { byte -> UInt8 in
            byte < 32 || byte == 127 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
                ? UInt8(ascii: "?") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
