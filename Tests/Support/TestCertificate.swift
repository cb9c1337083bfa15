// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A self-signed certificate for localhost with its key, made by openssl.
package struct TestCertificate: Sendable {
    /// One for all tests that need just any.
    package static let shared = Result { try TestCertificate() }

    package let folder: TemporaryFolder
    package var certificate: String { folder["cert.pem"] }
    package var key: String { folder["key.pem"] }

    /// Makes a certificate with a key of its own.
    ///
    /// - Throws: When openssl cannot.
    package init() throws {
        folder = TemporaryFolder("relais-certificate")
        try Self.make(certificate: folder["cert.pem"], key: folder["key.pem"])
    }

    /// Writes certificate and key; only the owner may read the key.
    ///
    /// - Throws: When openssl cannot.
    static func make(certificate: String, key: String) throws {
        let made = try Command.runHere([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
            "-out", certificate,
        ])
        guard made.isSuccess else { throw DeadlineError(description: "openssl: \(made)") }
        chmod(key, 0o600)
    }
}
