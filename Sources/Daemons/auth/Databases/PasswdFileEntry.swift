// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol

/// A line of a passwd-file: `user:password:uid:gid:(gecos):home:(shell):extra_fields`.
///
/// All but the user may be missing at the end.
struct PasswdFileEntry: Equatable, Sendable {
    let user: String
    /// With its scheme; nil where the field is missing.
    let password: [UInt8]?
    /// A number or a name.
    let uid: String?
    let gid: String?
    let home: String?
    /// The extra fields, in which variables are not expanded yet.
    let extra: AuthParameters

    /// Reads a line without its end; nil where it is no text.
    init?(_ line: ArraySlice<UInt8>) {
        // The eighth field is the last, and may hold colons.
        let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 7, omittingEmptySubsequences: false)
        guard let name = fields.first.flatMap({ String(validating: $0, as: UTF8.self) }), !name.isEmpty else {
            return nil
        }
        func text(_ index: Int) -> String? {
            guard fields.indices.contains(index), !fields[index].isEmpty else { return nil }
            return String(validating: fields[index], as: UTF8.self)
        }
        user = name
        password = fields.count > 1 ? Array(fields[1]) : nil
        uid = text(2)
        gid = text(3)
        home = text(5)
        var extra = AuthParameters()
        if fields.count > 7 {
            for word in fields[7].split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) {
                guard let field = String(validating: word, as: UTF8.self) else { return nil }
                let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                extra.append(String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
            }
        }
        self.extra = extra
    }

    /// What it says of the log-in: the extra fields, those of the userdb with their prefix.
    var passwordFields: AuthParameters {
        var fields = AuthParameters()
        fields.append("userdb_uid", ifPresent: uid)
        fields.append("userdb_gid", ifPresent: gid)
        fields.append("userdb_home", ifPresent: home)
        for (name, value) in extra.items { fields.append(name, value) }
        return fields
    }

    /// What it says of the user.
    var userFields: AuthParameters {
        var fields = AuthParameters()
        fields.append("uid", ifPresent: uid)
        fields.append("gid", ifPresent: gid)
        fields.append("home", ifPresent: home)
        for (name, value) in extra.items where name.hasPrefix("userdb_") {
            let own = String(name.dropFirst(7))
            fields.remove(own)
            fields.append(own, value)
        }
        return fields
    }
}
