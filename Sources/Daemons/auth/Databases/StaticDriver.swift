// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import AuthProtocol
internal import MailConfiguration

/// Driver `static`: the same fields for everybody, made of the user's name.
@Loop
final class StaticDriver: DatabaseDriver {
    private let fields: AuthParameters

    init(_ database: DovecotDatabase) {
        fields = AuthParameters(database.staticFields.filter { $0.name != "allow_all_users" })
    }

    func find(_ query: UserQuery) async -> DatabaseAnswer {
        do throws(DovecotVariables.Failure) {
            var fields = try fields.expanded(query.variables)
            let password = fields["password"].map { [UInt8]($0.utf8) }
            fields.remove("password")
            return .found(DatabaseEntry(password: password, fields: fields))
        } catch {
            return .failed("\(error)")
        }
    }

    func users() async -> [String]? { nil }
}
