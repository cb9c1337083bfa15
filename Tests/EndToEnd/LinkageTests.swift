// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// What the executables bring into their processes.
    @Suite struct Linkage {
        private static let programs = [
            "master", "smtpd", "cleanup", "qmgr", "bounce", "virtual", "local", "auth", "imap-login", "pop3-login",
            "imapd", "pop3d", "proxymap",
        ]

        @Test(arguments: programs)
        func `only who speaks TLS has OpenSSL in its process, and auth for its digests`(program: String) async throws {
            let result = try await Command.run(["ldd", Surroundings.product(program)])
            #expect(result.isSuccess, "\(result)")
            let speaksTLS = ["smtpd", "imap-login", "pop3-login"].contains(program)
            #expect(result.text.contains("libcrypto") == (speaksTLS || program == "auth"))
            #expect(result.text.contains("libssl") == speaksTLS)
        }

        @Test(arguments: programs + ["mailctl"])
        func `only proxymap has libldap and what it drags along in its process`(program: String) async throws {
            let result = try await Command.run(["ldd", Surroundings.product(program)])
            #expect(result.isSuccess, "\(result)")
            for library in ["libldap", "liblber", "libgnutls", "libsasl2"] {
                #expect(result.text.contains(library) == (program == "proxymap"), "\(program): \(library)")
            }
        }

        @Test(arguments: programs)
        func `no daemon links Foundation`(program: String) async throws {
            let result = try await Command.run(["ldd", Surroundings.product(program)])
            #expect(result.isSuccess, "\(result)")
            #expect(result.text.contains("libswiftCore"))
            #expect(!result.text.contains("Foundation"))
        }
    }
}
