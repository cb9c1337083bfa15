// SPDX-License-Identifier: Apache-2.0
package import BlockingPool
package import LDAP
package import LDAPTables
internal import POSIX
internal import SystemPackage

/// The directory of one `ldap:` table, as the source of a pool.
package struct LDAPDirectory: BlockingSource {
    let settings: LDAPTableSettings
    let context: LDAPContext

    /// The authorities that Debian's hosts trust, where the table names none.
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// Reads the certificates that the settings name, with the rights of the caller.
    ///
    /// - Throws: A sentence that says what is wrong.
    package init(_ settings: LDAPTableSettings) throws(BlockingFailure) {
        let options = Self.options(settings)
        if options.usesTLS {
            for path in [options.caFile, options.certificate, options.key] where !path.isEmpty {
                do throws(Errno) {
                    _ = try Descriptor.open(path, .read)
                } catch {
                    throw BlockingFailure("\(path) cannot be read: \(error)", isOutOfReach: false)
                }
            }
        }
        if settings.debugLevel != 0 { LDAPContext.setDebugLevel(settings.debugLevel) }
        context = try Self.context(options)
        self.settings = settings
    }

    private static func context(_ options: LDAPContext.Options) throws(BlockingFailure) -> LDAPContext {
        // tls_ca_cert_file takes precedence over the folder.
        guard options.usesTLS, options.caFile.isEmpty, !options.caDirectory.isEmpty else { return try made(options) }
        let bundle = try AuthorityFolder.bundle(options.caDirectory)
        var options = options
        options.caFile = "/proc/self/fd/\(bundle.number)"
        options.caDirectory = ""
        let context = try made(options)
        // Read by now; libldap does not open it again.
        _ = consume bundle
        return context
    }

    private static func made(_ options: LDAPContext.Options) throws(BlockingFailure) -> LDAPContext {
        do throws(LDAPFailure) {
            return try LDAPContext(options)
        } catch {
            throw BlockingFailure(error.description, isOutOfReach: false)
        }
    }

    private static func options(_ settings: LDAPTableSettings) -> LDAPContext.Options {
        var options = LDAPContext.Options()
        options.version = settings.version
        options.dereference = settings.dereference.rawValue
        options.sizeLimit = settings.sizeLimit
        options.timeLimit = settings.timeout
        options.chasesReferrals = settings.chasesReferrals
        options.usesTLS = settings.tls.startTLS || settings.servers.contains { $0.isTLS }
        let namesAuthorities = !settings.tls.caFile.isEmpty || !settings.tls.caDirectory.isEmpty
        let hasSystemAuthorities = (try? fileStatus(systemAuthorities)) != nil
        options.caFile = namesAuthorities || !hasSystemAuthorities ? settings.tls.caFile : systemAuthorities
        options.caDirectory = settings.tls.caDirectory
        options.certificate = settings.tls.certificate
        options.key = settings.tls.key
        options.cipherSuite = settings.tls.cipherSuite
        options.requiresCertificate = settings.tls.requiresCertificate
        return options
    }

    /// Nanoseconds that one request may take.
    package var timeLimit: Int64 { Int64(settings.timeout) * 1_000_000_000 }

    /// What the directory is asked for `key`; nil where the key cannot be in the table.
    package func query(_ key: String) -> LDAPQuery? { LDAPQuery(key, settings) }

    package func answer(
        _ query: LDAPQuery,
        _ session: inout LDAPSession?,
        _ lifeline: Lifeline,
        deadline: Int64
    ) throws(BlockingFailure) -> String? {
        if let kept = session {
            switch search(query, kept) {
            case .success(let answer): return answer
            case .failure(let failure) where !failure.isOutOfReach: throw failure
            case .failure(let failure):
                session = nil
                lifeline.release()
                // Servers close idle connections; then the question is asked once more, on a new one.
                if lifeline.isCut { throw failure }
            }
        }
        let fresh = try connect(lifeline, deadline)
        switch search(query, fresh) {
        case .success(let answer):
            session = fresh
            return answer
        case .failure(let failure):
            if failure.isOutOfReach { lifeline.release() } else { session = fresh }
            throw failure
        }
    }

    private func search(_ query: LDAPQuery, _ session: LDAPSession) -> Result<String?, BlockingFailure> {
        var results = LDAPResults(query, settings)
        do throws(LDAPFailure) {
            let found = try session.search(
                base: query.base,
                scope: scope,
                filter: query.filter,
                attributes: settings.resultAttributes
            ) { (value) throws(LDAPResults.Failure) in try results.add(value) }
            switch found {
            case .success: return .success(results.text)
            case .failure(let failure): return .failure(BlockingFailure(failure.description, isOutOfReach: false))
            }
        } catch {
            // A base that is made of the key need not exist for every key; a fixed one must.
            if error.isNoSuchObject && !settings.searchBase.isConstant { return .success(nil) }
            let limit =
                error.isSizeLimitExceeded && settings.sizeLimit > 0 ? "; size_limit = \(settings.sizeLimit)" : ""
            return .failure(BlockingFailure(error.description + limit, isOutOfReach: error.isOutOfReach))
        }
    }

    private var scope: LDAPSession.Scope {
        switch settings.scope {
        case .base: .base
        case .one: .one
        case .sub: .sub
        }
    }
}
