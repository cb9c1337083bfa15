// SPDX-License-Identifier: Apache-2.0

extension MainConfiguration {
    /// Computes the defaults that depend on the host: `myhostname`, `mydomain`, `mynetworks`, `config_directory`.
    static func hostDefaults(
        settings: [String: Setting],
        rows: [String: any AnyParameter],
        facts: HostFacts,
        _ directory: String
    ) -> [String: String] {
        var defaults = ["config_directory": directory]
        func value(_ name: String) -> String {
            let text = settings[name]?.value ?? defaults[name] ?? rows[name]?.defaultText ?? ""
            var expansion = Expansion { settings[$0]?.value ?? defaults[$0] ?? rows[$0]?.defaultText }
            return (try? expansion.expand(text, of: name)) ?? ""
        }
        if settings["myhostname"] == nil {
            let domain = settings["mydomain"] == nil ? "localdomain" : value("mydomain")
            defaults["myhostname"] = facts.mailHostName(domain: domain)
        }
        defaults["mydomain"] = HostFacts.mailDomain(ofHost: value("myhostname"))
        defaults["mynetworks"] = facts.mailNetworks(
            style: NetworkStyle(rawValue: value("mynetworks_style").lowercased()) ?? .host,
            receiving: ListSyntax.split(value("inet_interfaces")),
            protocols: ListSyntax.split(value("inet_protocols"))
        )
        return defaults
    }
}

extension PostfixNames {
    /// Names without a row that rows refer to, with what they hold where they are not set.
    static let implied: [String: String] = [
        "virtual_maps": "", "smtpd_client_connection_limit_exceptions": "", "process_name": "", "service_name": "",
        "process_id": "",
    ]
}
