// SPDX-License-Identifier: Apache-2.0

@testable import auth

extension FuzzTarget {
    /// A passwd-file, and the passwords of its users.
    static let passwdFile = FuzzTarget("passwd-file", upTo: 4096) { bytes in
        let table = PasswdFileTable(bytes)
        try requireEqual(table.users.count, table.count, "how many users there are")
        for user in table.users {
            guard let entry = table[user] else { continue }
            try requireEqual(entry.user, user, "the user of a line")
            try require(!user.utf8.contains(10) && !user.utf8.contains(58), "a separator in a user's name")
            _ = entry.passwordFields
            _ = entry.userFields
        }
        try require(table[""] == nil, "a user without a name")
    }
}
