// SPDX-License-Identifier: Apache-2.0

/// One `ldap:` table as its file configures it (Postfix' ldap_table(5)).
package struct LDAPTableSettings: Sendable, Equatable {
    /// How much of the directory below `search_base` a search covers.
    package enum Scope: String, Sendable, CaseIterable {
        case sub, base, one
    }

    /// Whether and how the connection is bound to a name.
    package enum Bind: Sendable, Equatable {
        /// No bind request is sent.
        case none
        /// A simple bind with `bind_dn` and `bind_pw`; both empty is an anonymous bind.
        case simple
    }

    /// When aliases of the directory are followed; the raw value is the number of `dereference`.
    package enum Dereference: Int, Sendable, CaseIterable {
        case never = 0, searching, finding, always
    }

    /// The TLS side of a connection.
    package struct TLS: Sendable, Equatable {
        /// `start_tls`: TLS begins after a request on the plain port (RFC 4511 section 4.14).
        package var startTLS = false
        package var caDirectory = ""
        package var caFile = ""
        package var certificate = ""
        package var key = ""
        /// Whether the server's certificate must be valid and name the server.
        package var requiresCertificate = false
        package var cipherSuite = ""

        package init() {}
    }

    /// `server_host`, in the order in which they are tried.
    package var servers: [LDAPServer] = []
    /// `timeout`: seconds that one request may take.
    package var timeout = 10
    package var searchBase = QueryTemplate.empty
    package var queryFilter = QueryTemplate.empty
    package var resultFormat = QueryTemplate.empty
    /// `domain`, in lower case; nil asks for every key.
    package var domains: Set<String>?
    /// `result_attribute`: the attributes whose values are the results.
    package var resultAttributes = ["maildrop"]
    package var scope = Scope.sub
    package var bind = Bind.simple
    package var bindDN = ""
    package var bindPassword = Secret("")
    /// `expansion_limit`: results of one lookup at the most; 0 is no limit.
    package var expansionLimit = 0
    /// `size_limit`: entries of one search at the most; 0 is no limit.
    package var sizeLimit = 0
    package var dereference = Dereference.never
    package var chasesReferrals = false
    package var debugLevel = 0
    /// The protocol's version, 2 or 3.
    package var version = 2
    package var tls = TLS()

    package init() {}
}

/// A text that no log line and no debugger's print shows.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text.isEmpty ? "(empty)" : "(hidden)" }
    package var debugDescription: String { description }
}
