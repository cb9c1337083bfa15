// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration

/// From the lines of the file to settings; the defaults are those of ldap_table(5).
extension LDAPTableReader {
    mutating func interpret() -> LDAPTableSettings {
        var table = LDAPTableSettings()
        readServers(&table)
        readQuery(&table)
        readResults(&table)
        readBind(&table)
        readTLS(&table)
        reportWithoutEffect()
        return table
    }

    private mutating func readServers(_ table: inout LDAPTableSettings) {
        let port = UInt16(clamping: number(.serverPort, in: 1...65535, default: 389))
        let servers = value(.serverHost) { (text) throws(BadSetting) in
            var servers: [LDAPServer] = []
            for element in ListSyntax.split(text) { servers.append(try LDAPServer(element, defaultPort: port)) }
            guard !servers.isEmpty else { throw BadSetting("no server is named") }
            guard servers.count <= 16 else { throw BadSetting("more than 16 servers are named") }
            return servers
        }
        table.servers = servers ?? [LDAPServer(.host("localhost", port: port))]
        table.timeout = number(.timeout, in: 1...3600, default: 10)
        table.debugLevel = number(.debugLevel, in: -1...65535, default: 0)
        table.chasesReferrals = flag(.chaseReferrals, default: false)
    }

    private mutating func readQuery(_ table: inout LDAPTableSettings) {
        if text(.searchBase) == nil {
            report(.error, 0, "search_base is not set")
        }
        table.searchBase = template(.searchBase, default: "")
        table.queryFilter = template(.queryFilter, default: "mailacceptinggeneralid=%s")
        if let setting = settings[.queryFilter], setting.value.hasPrefix("\"") {
            report(.error, setting.line, "query_filter: no quotes belong around the filter")
        }
        table.scope =
            value(.scope) { (text) throws(BadSetting) in
                guard let scope = LDAPTableSettings.Scope(rawValue: text) else {
                    throw BadSetting("\"\(text)\" is none of sub, base, one")
                }
                return scope
            } ?? .sub
        let domains = value(.domain) { (text) throws(BadSetting) in
            var domains: Set<String> = []
            for element in ListSyntax.split(text) {
                guard !element.contains("/"), !element.contains(":"), !element.contains("{") else {
                    throw BadSetting("\"\(element)\" is a file or a table; only names of domains are supported yet")
                }
                domains.insert(element.lowercased())
            }
            return domains
        }
        // An empty list is no list, as with Postfix.
        table.domains = domains.flatMap { $0.isEmpty ? nil : $0 }
        let number = number(.dereference, in: 0...3, default: 0)
        table.dereference = LDAPTableSettings.Dereference(rawValue: number) ?? .never
    }

    private mutating func readResults(_ table: inout LDAPTableSettings) {
        for parameter in [LDAPParameter.specialResultAttribute, .leafResultAttribute, .terminalResultAttribute] {
            guard let setting = settings[parameter], !setting.value.isEmpty else { continue }
            report(
                .error,
                setting.line,
                "\(parameter.rawValue): searches that lead to further ones are not supported yet"
            )
        }
        table.resultAttributes =
            value(.resultAttribute) { (text) throws(BadSetting) in
                let names = ListSyntax.split(text)
                guard !names.isEmpty else { throw BadSetting("no attribute is named") }
                for name in names where !Self.isAttribute(name) {
                    throw BadSetting("\"\(name)\" is no attribute's name")
                }
                return names
            } ?? table.resultAttributes
        if text(.resultFormat) != nil, let old = settings[.resultFilter] {
            report(.warning, old.line, "result_filter has no effect beside result_format")
        }
        let format: LDAPParameter =
            text(.resultFormat) == nil && text(.resultFilter) != nil ? .resultFilter : .resultFormat
        table.resultFormat = template(format, default: "%s")
        table.expansionLimit = number(.expansionLimit, in: 0...1_000_000, default: 0)
        table.sizeLimit = number(.sizeLimit, in: 0...1_000_000, default: table.expansionLimit)
    }

    private mutating func readBind(_ table: inout LDAPTableSettings) {
        table.bind =
            value(.bind) { (text) throws(BadSetting) in
                switch text.lowercased() {
                case "yes", "simple", "1": .simple
                case "no", "none", "0": .none
                case "sasl": throw BadSetting("binding by SASL is not built in")
                default: throw BadSetting("\"\(text)\" is none of yes, no, simple, none")
                }
            } ?? .simple
        table.bindDN = text(.bindDN) ?? ""
        table.bindPassword = Secret(text(.bindPassword) ?? "")
        if table.bind == .simple, !table.bindDN.isEmpty, table.bindPassword.text.isEmpty {
            // RFC 4513 section 5.1.2: a server takes that for anonymous, which is not what was meant.
            report(.error, settings[.bindDN]?.line ?? 0, "bind_dn without bind_pw is no authentication")
        }
    }

    private mutating func readTLS(_ table: inout LDAPTableSettings) {
        var tls = LDAPTableSettings.TLS()
        tls.startTLS = flag(.startTLS, default: false)
        tls.caDirectory = text(.tlsCADirectory) ?? ""
        tls.caFile = text(.tlsCAFile) ?? ""
        tls.certificate = text(.tlsCertificate) ?? ""
        tls.key = text(.tlsKey) ?? ""
        tls.requiresCertificate = flag(.tlsRequireCertificate, default: false)
        tls.cipherSuite = text(.tlsCipherSuite) ?? ""
        if tls.certificate.isEmpty != tls.key.isEmpty {
            let line = (settings[.tlsCertificate] ?? settings[.tlsKey])?.line ?? 0
            report(.error, line, "tls_cert and tls_key are set together or not at all")
        }
        let hasTLSServer = table.servers.contains { $0.isTLS }
        if tls.startTLS && hasTLSServer {
            let line = settings[.startTLS]?.line ?? 0
            report(
                .error,
                line,
                "start_tls: an ldaps:// server has TLS from the first byte; only one of both is possible"
            )
        }
        table.tls = tls
        let version = number(.version, in: 2...3, default: 2)
        table.version = version
        if tls.startTLS || hasTLSServer {
            table.version = 3
            if version == 2, let setting = settings[.version] {
                report(.error, setting.line, "version: TLS needs version 3 of the protocol")
            }
        }
    }

    private mutating func reportWithoutEffect() {
        for parameter in [LDAPParameter.cache, .cacheExpiry, .cacheSize] {
            guard let setting = settings[parameter] else { continue }
            report(.warning, setting.line, "\(parameter.rawValue) has no effect: there is no cache")
        }
        for parameter in [LDAPParameter.saslMechanisms, .saslRealm, .saslAuthorization, .saslMinimumSSF] {
            guard let setting = settings[parameter] else { continue }
            report(.warning, setting.line, "\(parameter.rawValue) has no effect: binding by SASL is not built in")
        }
        if let setting = settings[.recursionLimit] {
            _ = number(.recursionLimit, in: 1...1_000_000, default: 1000)
            report(.info, setting.line, "recursion_limit has no effect without special_result_attribute")
        }
        if let setting = settings[.tlsRandomFile] {
            report(.info, setting.line, "tls_random_file has no effect: the kernel gives the random bytes")
        }
    }

    private mutating func template(_ parameter: LDAPParameter, default text: String) -> QueryTemplate {
        value(parameter) { (text) throws(BadSetting) in try QueryTemplate(text) }
            ?? (try? QueryTemplate(text)) ?? .empty
    }

    /// An attribute description of RFC 4512 section 2.5: a name or an object identifier, with options.
    private static func isAttribute(_ name: String) -> Bool {
        name.utf8.count <= 255
            && name.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ";"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
