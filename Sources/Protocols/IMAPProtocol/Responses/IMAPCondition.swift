// SPDX-License-Identifier: Apache-2.0

/// The word that a status response begins with (RFC 3501 section 7.1).
package enum IMAPCondition: String, Hashable, Sendable {
    case ok = "OK"
    case no = "NO"
    case bad = "BAD"
    case bye = "BYE"
    case preauth = "PREAUTH"
}
