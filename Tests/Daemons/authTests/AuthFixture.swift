// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import Logging
import MailConfiguration
import POSIX
import SASL
import Service
import TestSupport

@testable import auth

/// Settings from the text of a dovecot.conf.
func settings(_ text: String) throws -> AuthSettings {
    let (configuration, diagnostics) = DovecotConfiguration.parse([UInt8](text.utf8), file: "dovecot.conf")
    for diagnostic in diagnostics where diagnostic.severity == .error { throw diagnostic }
    return try AuthSettings(configuration)
}

/// An auth service behind real sockets in a folder of its own.
final class AuthFixture: Sendable {
    let folder = TemporaryFolder("relais-auth")
    let service: AuthService

    /// `users` is the text of a passwd-file, whose path stands for `USERS` in `text`.
    init(_ text: String, users: String = "") async throws {
        try folder.write("users", users, mode: 0o600)
        let path = folder["users"]
        let settings = try settings(text.split(separator: "USERS").joined(separator: path))
        service = try await onLoop {
            AuthService(settings, log: Logger(label: "auth") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    /// Serves a side on a socket of the folder and returns its path.
    func listen(_ name: String) async throws -> String {
        let path = folder[name]
        let service = service
        try await onLoop {
            let listener = Listener(try Descriptor.listen(atPath: path, permissions: 0o600)) { descriptor, _ in
                guard let connection = try? Connection(descriptor) else { return }
                Loop.spawn {
                    await service.serve(connection, AuthService.Side(listener: name))
                    connection.close()
                }
            }
            listener.resume()
            Self.listeners.append(listener)
        }
        return path
    }

    @Loop private static var listeners: [Listener] = []
}

extension AuthClient {
    /// One attempt with PLAIN.
    func plain(_ user: String, _ password: String, as other: String = "") async -> AuthStep {
        let message = SASLSecret(Base64.encode([UInt8]("\(other)\0\(user)\0\(password)".utf8)))
        return await exchange("PLAIN", info).begin(message)
    }

    var info: AuthConnectionInfo {
        connectionInfo(
            local: .ipv4([192, 0, 2, 1], port: 143),
            remote: .ipv4([192, 0, 2, 7], port: 5000),
            security: .tls
        )
    }
}

extension AuthStep {
    /// The user of a success.
    var user: String? { if case .success(let success) = self { success.user } else { nil } }

    /// The code of a failure.
    var code: AuthFailure.Code? { if case .failure(let failure) = self { failure.code } else { nil } }
}
