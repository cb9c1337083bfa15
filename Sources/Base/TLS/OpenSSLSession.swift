// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
package import EventLoop

extension Connection {
    /// Makes the stream a TLS one; input that came before is dropped (it was not protected).
    ///
    /// `hostName` is sent by a client for the server to choose a certificate (SNI).
    package func startTLS(_ context: TLSContext, isServer: Bool, hostName: String? = nil) async throws(ConnectionError)
    {
        try await secure { OpenSSLSession(context: context, descriptor: $0, isServer: isServer, hostName: hostName) }
    }
}

/// A session of OpenSSL.
@safe
final class OpenSSLSession: TLSSession {
    private let pointer: OpaquePointer

    /// A session on `descriptor`, as server or as client; nil where OpenSSL has no memory.
    init?(context: TLSContext, descriptor: Int32, isServer: Bool, hostName: String? = nil) {
        guard let pointer = unsafe SSL_new(context.pointer) else { return nil }
        guard unsafe SSL_set_fd(pointer, descriptor) == 1 else {
            unsafe SSL_free(pointer)
            return nil
        }
        unsafe self.pointer = pointer
        if isServer {
            unsafe SSL_set_accept_state(pointer)
        } else {
            unsafe SSL_set_connect_state(pointer)
            if let hostName { _ = unsafe relais_ssl_set_host_name(pointer, hostName) }
        }
    }

    deinit {
        unsafe SSL_free(pointer)
    }

    func handshake() -> TLSProgress {
        ERR_clear_error()
        return progress(unsafe SSL_do_handshake(pointer), "TLS handshake")
    }

    func read(into room: UnsafeMutableRawBufferPointer) -> TLSProgress {
        ERR_clear_error()
        let count = Int32(clamping: room.count)
        return unsafe progress(SSL_read(pointer, room.baseAddress, count), "TLS read")
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> TLSProgress {
        ERR_clear_error()
        let count = Int32(clamping: bytes.count)
        return unsafe progress(SSL_write(pointer, bytes.baseAddress, count), "TLS write")
    }

    func sendClose() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(pointer)
        ERR_clear_error()
    }

    var version: String { unsafe SSL_get_version(pointer).map { unsafe String(cString: $0) } ?? "" }

    var cipher: String {
        guard let cipher = unsafe SSL_get_current_cipher(pointer), let name = unsafe SSL_CIPHER_get_name(cipher) else {
            return ""
        }
        return unsafe String(cString: name)
    }

    var cipherBits: Int {
        guard let cipher = unsafe SSL_get_current_cipher(pointer) else { return 0 }
        return Int(unsafe SSL_CIPHER_get_bits(cipher, nil))
    }

    private func progress(_ result: Int32, _ what: String) -> TLSProgress {
        if result > 0 { return .done(Int(result)) }
        switch unsafe SSL_get_error(pointer, result) {
        case SSL_ERROR_WANT_READ: return .wantRead
        case SSL_ERROR_WANT_WRITE: return .wantWrite
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed(TLSError.latest(what))
        }
    }
}
