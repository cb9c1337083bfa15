// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's macros, which Swift cannot see, as functions; nothing else.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static inline long relais_ssl_ctx_set_min_version(SSL_CTX *_Nonnull c, int v) { return SSL_CTX_set_min_proto_version(c, v); }
static inline long relais_ssl_ctx_set_max_version(SSL_CTX *_Nonnull c, int v) { return SSL_CTX_set_max_proto_version(c, v); }
static inline void relais_ssl_ctx_server_options(SSL_CTX *_Nonnull c) {
    SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Partial and moved writes: the output buffer grows while a write waits. Released buffers: idle sessions are many.
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
}
static inline int relais_ssl_set_host_name(SSL *_Nonnull s, const char *_Nonnull name) {
    return (int)SSL_set_tlsext_host_name(s, name);
}
