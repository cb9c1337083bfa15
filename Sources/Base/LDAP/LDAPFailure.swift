// SPDX-License-Identifier: Apache-2.0
internal import CLDAP

/// Why libldap or the server has refused something.
package struct LDAPFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The result code of RFC 4511 appendix A, or a negative one of libldap.
    package let code: Int32
    package let description: String

    package init(code: Int32, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The failure of an operation; the server's own text is added as far as it can be printed.
    @unsafe
    init(_ code: Int32, _ operation: String, _ handle: OpaquePointer?) {
        var text = unsafe ldap_err2string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        var message: UnsafeMutablePointer<CChar>?
        if let handle = unsafe handle,
            unsafe ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &message) == LDAP_OPT_SUCCESS,
            let message = unsafe message
        {
            let more = unsafe String(cString: message).unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }
            if !more.isEmpty { text += " (\(String(String.UnicodeScalarView(more.prefix(200)))))" }
            unsafe ldap_memfree(message)
        }
        self.init(code: code, "\(operation): \(text)")
    }

    /// Whether the connection or the server is of no use, so that another server may do better.
    package var isOutOfReach: Bool {
        // Busy, unavailable, unwilling; libldap's own codes are negative.
        code < 0 && code != LDAP_FILTER_ERROR && code != LDAP_PARAM_ERROR || [51, 52, 53].contains(code)
    }

    /// The search base does not exist.
    package var isNoSuchObject: Bool { code == 32 }
    /// The server has cut the result off.
    package var isSizeLimitExceeded: Bool { code == 4 }
}
