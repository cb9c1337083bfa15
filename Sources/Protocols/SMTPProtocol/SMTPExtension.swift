// SPDX-License-Identifier: Apache-2.0

/// The keywords of the EHLO reply, in the order in which they are announced.
///
/// The raw values are what `smtpd_discard_ehlo_keywords` names.
package enum SMTPExtension: String, CaseIterable, Sendable {
    /// RFC 2920.
    case pipelining = "PIPELINING"
    /// RFC 1870.
    case size = "SIZE"
    /// RFC 5321.
    case vrfy = "VRFY"
    /// RFC 1985.
    case etrn = "ETRN"
    /// RFC 3207.
    case startTLS = "STARTTLS"
    /// RFC 4954.
    case auth = "AUTH"
    /// RFC 2034.
    case enhancedStatusCodes = "ENHANCEDSTATUSCODES"
    /// RFC 6152.
    case eightBitMIME = "8BITMIME"
    /// RFC 3461.
    case dsn = "DSN"
    /// RFC 6531.
    case smtpUTF8 = "SMTPUTF8"
    /// RFC 3030.
    case chunking = "CHUNKING"

    /// Finds a keyword without regard to case.
    package init?(keyword: String) {
        self.init(rawValue: keyword.uppercased())
    }
}
