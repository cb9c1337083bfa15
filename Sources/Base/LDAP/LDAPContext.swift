// SPDX-License-Identifier: Apache-2.0
internal import CLDAP
internal import Glibc

/// What the connections to one directory share: options, and the TLS side with its certificates read.
///
/// Made with the rights of the start: the files are read here and never again. Unchecked: the handle is not used after
/// `init`, and libldap counts references to the TLS side under a lock of its own.
@safe
package final class LDAPContext: @unchecked Sendable {
    /// Options of ldap_set_option(3).
    package struct Options: Sendable {
        package var version = 3
        /// When aliases are followed: never, while searching, to find the base, always.
        package var dereference = 0
        /// Entries of a search; 0 is no limit.
        package var sizeLimit = 0
        /// Seconds that the server may search.
        package var timeLimit = 0
        package var chasesReferrals = false
        package var usesTLS = false
        package var caFile = ""
        package var caDirectory = ""
        package var certificate = ""
        package var key = ""
        package var cipherSuite = ""
        package var requiresCertificate = false

        package init() {}
    }

    package let options: Options
    private let handle: OpaquePointer
    /// The TLS side; nil without TLS.
    let tls: UnsafeMutableRawPointer?

    /// Reads the certificates.
    ///
    /// The options given here are all that counts: neither the host's ldap.conf(5) nor an `ldaprc` in the home or the
    /// working directory is read.
    package init(_ options: Options) throws(LDAPFailure) {
        _ = unsafe setenv("LDAPNOINIT", "1", 1)
        var made: OpaquePointer?
        let result = unsafe ldap_initialize(&made, nil)
        guard result == LDAP_SUCCESS, let handle = unsafe made else {
            throw unsafe LDAPFailure(result, "libldap", nil)
        }
        self.options = options
        unsafe self.handle = handle
        guard options.usesTLS else {
            unsafe tls = nil
            return
        }
        do throws(LDAPFailure) {
            unsafe tls = try Self.makeTLS(handle, options)
        } catch {
            // A class that throws in its initializer is not deinitialized before all is set.
            unsafe tls = nil
            throw error
        }
    }

    deinit {
        _ = unsafe ldap_unbind_ext_s(handle, nil, nil)
    }

    /// Level of libldap's own debugging output (slapd(8)), for the whole process.
    package static func setDebugLevel(_ level: Int) {
        var level = Int32(clamping: level)
        _ = unsafe ldap_set_option(nil, LDAP_OPT_DEBUG_LEVEL, &level)
    }

    @unsafe
    private static func makeTLS(
        _ handle: OpaquePointer,
        _ options: Options
    ) throws(LDAPFailure) -> UnsafeMutableRawPointer? {
        let texts: [(Int32, String, String)] = [
            (LDAP_OPT_X_TLS_CACERTFILE, options.caFile, "tls_ca_cert_file"),
            (LDAP_OPT_X_TLS_CACERTDIR, options.caDirectory, "tls_ca_cert_dir"),
            (LDAP_OPT_X_TLS_CERTFILE, options.certificate, "tls_cert"),
            (LDAP_OPT_X_TLS_KEYFILE, options.key, "tls_key"),
            (LDAP_OPT_X_TLS_CIPHER_SUITE, options.cipherSuite, "tls_cipher_suite"),
        ]
        for (option, text, name) in texts where !text.isEmpty {
            let result = unsafe ldap_set_option(handle, option, text)
            guard result == LDAP_OPT_SUCCESS else { throw LDAPFailure(code: result, "\(name) is not taken by libldap") }
        }
        try unsafe setRequirement(handle, options)
        var isServer: Int32 = 0
        let result = unsafe ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &isServer)
        guard result == LDAP_OPT_SUCCESS else {
            let names = texts.filter { !$0.1.isEmpty }.map(\.2).joined(separator: ", ")
            throw LDAPFailure(code: result, "TLS cannot be set up with \(names.isEmpty ? "the defaults" : names)")
        }
        var tls: UnsafeMutableRawPointer?
        _ = unsafe ldap_get_option(handle, LDAP_OPT_X_TLS_CTX, &tls)
        return unsafe tls
    }

    @unsafe
    static func setRequirement(_ handle: OpaquePointer, _ options: Options) throws(LDAPFailure) {
        var requirement = options.requiresCertificate ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER
        let result = unsafe ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &requirement)
        guard result == LDAP_OPT_SUCCESS else { throw LDAPFailure(code: result, "tls_require_cert is not taken") }
    }
}
