// SPDX-License-Identifier: Apache-2.0
internal import CLDAP
internal import Glibc
package import POSIX

/// One connection to a server, on a descriptor that is connected already.
///
/// Every call blocks until the server answers or the socket is shut down by somebody else, and for one thread only.
@safe
package final class LDAPSession {
    /// How much of the directory below the base a search covers; the raw value is libldap's.
    package enum Scope: Int32, Sendable {
        case base = 0, one, sub
    }

    /// The longest message that a server may send.
    private static let messageLimit = 4 << 20

    private let handle: OpaquePointer
    private let context: LDAPContext
    /// What libldap calls when it opens a connection of its own, to follow a referral.
    private let callback: UnsafeMutablePointer<ldap_conncb>
    private let observer: Observer

    private final class Observer {
        let opened: (Int32) -> Bool

        init(_ opened: @escaping (Int32) -> Bool) {
            self.opened = opened
        }
    }

    /// Takes over a connected, blocking socket.
    ///
    /// - Parameters:
    ///   - descriptor: The socket.
    ///   - url: The server's URL; its host is what the certificate must name.
    ///   - isLocal: Whether it is a Unix socket.
    ///   - context: The options.
    ///   - opened: Called with the number of each further socket that libldap opens for a referral, before a byte is
    ///     sent there; false refuses it.
    /// - Throws: What libldap does not take.
    package init(
        _ descriptor: consuming Descriptor,
        url: String,
        isLocal: Bool,
        context: LDAPContext,
        opened: @escaping (Int32) -> Bool
    ) throws(LDAPFailure) {
        var made: OpaquePointer?
        // It is libldap's from here on, which closes it.
        let result = unsafe ldap_init_fd(
            descriptor.release(),
            isLocal ? LDAP_PROTO_IPC : LDAP_PROTO_TCP,
            url,
            &made
        )
        guard result == LDAP_SUCCESS, let handle = unsafe made else {
            throw unsafe LDAPFailure(result, "connect", nil)
        }
        unsafe self.handle = handle
        self.context = context
        observer = Observer(opened)
        unsafe callback = UnsafeMutablePointer<ldap_conncb>.allocate(capacity: 1)
        unsafe callback.initialize(
            to: ldap_conncb(
                lc_add: { _, sockbuf, _, _, callback in
                    guard let sockbuf = unsafe sockbuf, let argument = unsafe callback?.pointee.lc_arg else {
                        return -1
                    }
                    let observer = unsafe Unmanaged<Observer>.fromOpaque(argument).takeUnretainedValue()
                    return unsafe observer.opened(relais_ldap_socket(sockbuf)) ? 0 : -1
                },
                lc_del: { _, _, _ in },
                lc_arg: Unmanaged.passUnretained(observer).toOpaque()
            )
        )
        _ = unsafe ldap_set_option(handle, LDAP_OPT_CONNECT_CB, callback)
        try setOptions()
    }

    deinit {
        _ = unsafe ldap_unbind_ext_s(handle, nil, nil)
        unsafe callback.deinitialize(count: 1)
        unsafe callback.deallocate()
    }

    private func setOptions() throws(LDAPFailure) {
        let options = context.options
        let numbers: [(Int32, Int)] = [
            (LDAP_OPT_PROTOCOL_VERSION, options.version), (LDAP_OPT_DEREF, options.dereference),
            (LDAP_OPT_SIZELIMIT, options.sizeLimit), (LDAP_OPT_TIMELIMIT, options.timeLimit),
        ]
        for (option, number) in numbers {
            var number = Int32(clamping: number)
            let result = unsafe ldap_set_option(handle, option, &number)
            guard result == LDAP_OPT_SUCCESS else {
                throw LDAPFailure(code: LDAP_PARAM_ERROR, "libldap does not take option \(option)")
            }
        }
        _ = unsafe relais_ldap_set_flag(handle, LDAP_OPT_REFERRALS, options.chasesReferrals ? 1 : 0)
        _ = unsafe relais_ldap_set_flag(handle, LDAP_OPT_RESTART, 1)
        unsafe relais_ldap_limit_messages(handle, Self.messageLimit)
        guard options.usesTLS else { return }
        try unsafe LDAPContext.setRequirement(handle, options)
        if let tls = unsafe context.tls { _ = unsafe ldap_set_option(handle, LDAP_OPT_X_TLS_CTX, tls) }
    }

    /// Begins TLS at once, as behind `ldaps://`.
    package func secure() throws(LDAPFailure) {
        let result = unsafe ldap_install_tls(handle)
        guard result == LDAP_SUCCESS else { throw unsafe tlsFailure(result, "TLS") }
    }

    /// Asks for TLS and begins it (RFC 4511 section 4.14).
    package func startTLS() throws(LDAPFailure) {
        let result = unsafe ldap_start_tls_s(handle, nil, nil)
        guard result == LDAP_SUCCESS else { throw unsafe tlsFailure(result, "StartTLS") }
    }

    /// libldap keeps to itself what GnuTLS did not like; a certificate is the likeliest.
    @unsafe
    private func tlsFailure(_ code: Int32, _ operation: String) -> LDAPFailure {
        let failure = unsafe LDAPFailure(code, operation, handle)
        guard code == LDAP_CONNECT_ERROR else { return failure }
        let reason =
            context.options.requiresCertificate
            ? "no session; the server's certificate must be signed by an authority of tls_ca_cert_file and name the host"
            : "no session"
        return LDAPFailure(code: code, "\(operation): \(reason)")
    }

    /// Authenticates by name and password; both empty is anonymous.
    package func bind(name: String, password: String) throws(LDAPFailure) {
        let result = unsafe relais_ldap_simple_bind(handle, name, password, password.utf8.count)
        guard result == LDAP_SUCCESS else { throw unsafe LDAPFailure(result, "bind", handle) }
    }

    /// Searches and hands over each value of each entry as it comes; what `each` throws ends the search.
    package func search<E: Error>(
        base: String,
        scope: Scope,
        filter: String,
        attributes: [String],
        each: ([UInt8]) throws(E) -> Void
    ) throws(LDAPFailure) -> Result<Void, E> {
        let message = try begin(base, scope, filter, attributes)
        while true {
            var result: OpaquePointer?
            let kind = unsafe ldap_result(handle, message, LDAP_MSG_ONE, nil, &result)
            guard kind > 0, let result = unsafe result else {
                var code = LDAP_SERVER_DOWN
                _ = unsafe ldap_get_option(handle, LDAP_OPT_RESULT_CODE, &code)
                throw unsafe LDAPFailure(code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code, "search", handle)
            }
            defer { _ = unsafe ldap_msgfree(result) }
            if kind == Int32(LDAP_RES_SEARCH_ENTRY) {
                do throws(E) {
                    try unsafe values(of: result, each)
                } catch {
                    _ = unsafe ldap_abandon_ext(handle, message, nil, nil)
                    return .failure(error)
                }
            } else if kind == Int32(LDAP_RES_SEARCH_RESULT) {
                var code = LDAP_SUCCESS
                let parsed = unsafe ldap_parse_result(handle, result, &code, nil, nil, nil, nil, 0)
                guard parsed == LDAP_SUCCESS, code == LDAP_SUCCESS else {
                    throw unsafe LDAPFailure(parsed == LDAP_SUCCESS ? code : parsed, "search", handle)
                }
                return .success(())
            }
        }
    }

    private func begin(
        _ base: String,
        _ scope: Scope,
        _ filter: String,
        _ attributes: [String]
    ) throws(LDAPFailure) -> Int32 {
        var names = unsafe attributes.map { unsafe strdup($0) }
        defer { unsafe names.forEach { unsafe free($0) } }
        unsafe names.append(nil)
        var message: Int32 = -1
        let result = unsafe ldap_search_ext(
            handle,
            base,
            scope.rawValue,
            filter,
            &names,
            0,
            nil,
            nil,
            nil,
            Int32(clamping: context.options.sizeLimit),
            &message
        )
        guard result == LDAP_SUCCESS else { throw unsafe LDAPFailure(result, "search", handle) }
        return message
    }

    @unsafe
    private func values<E: Error>(of entry: OpaquePointer, _ each: ([UInt8]) throws(E) -> Void) throws(E) {
        var cursor: OpaquePointer?
        var name = unsafe ldap_first_attribute(handle, entry, &cursor)
        defer { if let cursor = unsafe cursor { unsafe ber_free(cursor, 0) } }
        while let attribute = unsafe name {
            let values = unsafe ldap_get_values_len(handle, entry, attribute)
            unsafe ldap_memfree(attribute)
            defer { if let values = unsafe values { unsafe ldap_value_free_len(values) } }
            var index = 0
            while let value = unsafe values?[index]?.pointee {
                index += 1
                try unsafe each(Array(UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len))))
            }
            unsafe name = ldap_next_attribute(handle, entry, cursor)
        }
    }
}
