// SPDX-License-Identifier: Apache-2.0

/// `cidr:`: networks in the order of the source, cidr_table(5).
package struct CIDRTable: LookupTable {
    private struct Condition {
        var network: IPNetwork
        var isNegated: Bool
    }

    package let specification: String
    private let rules: RuleList<Condition, String>

    init(specification: String, lines: some Sequence<LogicalLines.Line>, file: TableFile? = nil) {
        self.specification = specification
        rules = RuleList(lines, source: file?.source.path ?? specification, parse: Self.parse)
    }

    package var notices: [TableNotice] { rules.notices }
    package var matchesPatterns: Bool { true }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        guard let address = IPAddress(key) else { return nil }
        return lookup(address)
    }

    /// Returns the text for an address, without a detour over its textual form.
    package func lookup(_ address: IPAddress) -> String? {
        // A negated network still speaks of its own family only: "!10.0.0.0/8" says nothing about IPv6.
        let found = rules.first { condition in
            condition.network.address.family == address.family
                && condition.network.contains(address) != condition.isNegated
        }
        return found?.1
    }

    private static func parse(
        _ line: String,
        _ remarks: inout [String]
    ) throws(RuleError) -> RuleList<Condition, String>.Rule {
        if RuleList<Condition, String>.isKeyword("endif", in: line) { return .end }
        var rest = line[...]
        let opens = RuleList<Condition, String>.isKeyword("if", in: line)
        if opens { rest = line[line.index(line.startIndex, offsetBy: 2)...].drop { $0.isWhitespace } }
        let isNegated = rest.first == "!"
        if isNegated { rest = rest.dropFirst().drop { $0.isWhitespace } }
        let pattern = rest.prefix { !$0.isWhitespace }
        let result = SpecificationSyntax.trimmed(rest[pattern.endIndex...])
        let network: IPNetwork
        do throws(IPNetwork.SyntaxError) {
            network = try IPNetwork(parsing: String(pattern))
        } catch {
            throw RuleError(error.description)
        }
        let condition = Condition(network: network, isNegated: isNegated)
        if opens {
            if !result.isEmpty { remarks.append("text after the pattern of \"if\" is ignored") }
            return .begin(condition)
        }
        guard !result.isEmpty else { throw RuleError("no result after the pattern") }
        return .match(condition, result)
    }
}
