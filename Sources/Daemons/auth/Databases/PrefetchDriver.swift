// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop

/// Driver `prefetch`: what the passdb has told with the prefix `userdb_`.
@Loop
final class PrefetchDriver: DatabaseDriver {
    func find(_ query: UserQuery) async -> DatabaseAnswer {
        var fields = AuthParameters()
        for (name, value) in query.passFields.items where name.hasPrefix("userdb_") {
            fields.append(String(name.dropFirst(7)), value)
        }
        return fields.isEmpty ? .unknown() : .found(DatabaseEntry(fields: fields))
    }

    func users() async -> [String]? { nil }
}
