// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
package import EventLoop

extension TLSError {
    /// The oldest error of this thread's OpenSSL queue, which is emptied.
    static func latest(_ what: String) -> TLSError {
        var first: String?
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            guard first == nil else { continue }
            var room = [CChar](repeating: 0, count: 256)
            unsafe ERR_error_string_n(code, &room, room.count)
            first = String(decoding: room.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return TLSError(first.map { "\(what): \($0)" } ?? what)
    }
}

/// The oldest protocol version that is accepted.
package enum TLSVersion: String, Sendable, CaseIterable {
    case tls1 = "TLSv1"
    case tls11 = "TLSv1.1"
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"

    var number: Int32 {
        switch self {
        case .tls1: TLS1_VERSION
        case .tls11: TLS1_1_VERSION
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}

/// Certificate, key and rules for one side of TLS, made before the sandbox and shared by all sessions of a service.
///
/// OpenSSL counts references to the context atomically; it is not changed after it was made.
@safe
package final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    /// A server's context.
    ///
    /// `certificateFile` holds the chain in PEM, the server's own certificate first. `service` binds session tickets to
    /// one service, so that a ticket of one never opens a session of another.
    package static func server(
        certificateFile: String,
        keyFile: String,
        service: String,
        minimum: TLSVersion = .tls12,
        ciphers: String = ""
    ) throws(TLSError) -> TLSContext {
        let context = try unsafe make(TLS_server_method(), minimum: minimum)
        let pointer = unsafe context.pointer
        guard unsafe SSL_CTX_use_certificate_chain_file(pointer, certificateFile) == 1 else {
            throw TLSError.latest(certificateFile)
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(pointer, keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError.latest(keyFile)
        }
        guard unsafe SSL_CTX_check_private_key(pointer) == 1 else {
            throw TLSError.latest("\(keyFile) does not belong to \(certificateFile)")
        }
        if !ciphers.isEmpty, unsafe SSL_CTX_set_cipher_list(pointer, ciphers) != 1 {
            throw TLSError.latest("cipher list \(ciphers)")
        }
        let name = Array(service.utf8.prefix(32))
        guard unsafe SSL_CTX_set_session_id_context(pointer, name, UInt32(name.count)) == 1 else {
            throw TLSError.latest("session id context")
        }
        return context
    }

    /// A client's context, which does not verify the peer: opportunistic TLS.
    package static func client(minimum: TLSVersion = .tls12) throws(TLSError) -> TLSContext {
        try unsafe make(TLS_client_method(), minimum: minimum)
    }

    private static func make(_ method: OpaquePointer?, minimum: TLSVersion) throws(TLSError) -> TLSContext {
        guard let method = unsafe method, let pointer = unsafe SSL_CTX_new(method) else {
            throw TLSError.latest("no TLS context")
        }
        let context = unsafe TLSContext(pointer: pointer)
        unsafe relais_ssl_ctx_server_options(pointer)
        guard unsafe relais_ssl_ctx_set_min_version(pointer, minimum.number) == 1 else {
            throw TLSError.latest("protocol version")
        }
        return context
    }
}
