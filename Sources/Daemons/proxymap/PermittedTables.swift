// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailConfiguration

/// The tables that the configuration names: no other is ever asked, whoever wants it.
///
/// They stand anywhere in the values of main.cf (restriction lists, `proxy_read_maps`, tables inside `unionmap:` and
/// `pipemap:`) and in the `-o` of master.cf.
struct PermittedTables {
    /// How deep braces are followed.
    private static let depthLimit = 8

    /// `ldap:name`, each once, without `proxy:`, in the order of their names.
    let specifications: [String]

    init(_ main: MainConfiguration, _ services: [ServiceEntry]) {
        var values = main.settings.keys.compactMap { main.value(named: $0) }
        for service in services {
            for override in service.overrides { values.append(main.expand(override.value) ?? override.value) }
        }
        var found: Set<String> = []
        for value in values { Self.collect(value, &found, depth: 0) }
        specifications = found.sorted()
    }

    private static func collect(_ text: String, _ found: inout Set<String>, depth: Int) {
        guard depth < depthLimit else { return }
        for item in SpecificationSyntax.items(of: text) {
            let specification = normal(item)
            if specification.hasPrefix("ldap:"), specification.utf8.count > 5 {
                found.insert(specification)
            } else if let start = item.utf8.firstIndex(of: UInt8(ascii: "{")),
                let inside = SpecificationSyntax.braced(String(item[start...]))
            {
                collect(inside, &found, depth: depth + 1)
            }
        }
    }

    /// A specification without `proxy:`.
    static func normal(_ specification: String) -> String {
        var rest = Substring(specification)
        while rest.hasPrefix("proxy:") { rest = rest.dropFirst("proxy:".count) }
        return String(rest)
    }
}
