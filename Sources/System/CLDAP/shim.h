// SPDX-License-Identifier: Apache-2.0
//
// Macros of OpenLDAP's libldap, which Swift cannot see, as functions; nothing else.
#pragma once
#include <ldap.h>
#include <openldap.h>

static inline int relais_ldap_set_flag(LDAP *_Nonnull ld, int option, int on) {
    return ldap_set_option(ld, option, on ? LDAP_OPT_ON : LDAP_OPT_OFF);
}
static inline int relais_ldap_simple_bind(LDAP *_Nonnull ld, const char *_Nonnull dn, const char *_Nonnull password,
                                          size_t length) {
    struct berval credentials = {length, (char *)password};
    return ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
}
// The longest message that is taken from the server.
static inline void relais_ldap_limit_messages(LDAP *_Nonnull ld, size_t length) {
    Sockbuf *sockbuf = NULL;
    ber_len_t limit = length;
    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) == LDAP_OPT_SUCCESS && sockbuf)
        ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &limit);
}
static inline int relais_ldap_socket(Sockbuf *_Nonnull sockbuf) {
    ber_socket_t number = -1;
    return ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_GET_FD, &number) > 0 ? number : -1;
}
