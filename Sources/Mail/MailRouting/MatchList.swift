// SPDX-License-Identifier: Apache-2.0
internal import LookupTables

/// The elements of a match list (`mydestination`, `mynetworks`), with files read and tables open.
///
/// `!pattern` excludes, `/file` stands for the patterns in the file, `type:table` matches what the table knows; the
/// first element that speaks of a subject decides.
enum MatchList {
    enum Element {
        case pattern(String)
        case table(TableList)
    }

    /// How deep files may name files.
    private static let depthLimit = 8

    /// Resolves the elements; `isPattern` tells what holds a colon and is no table all the same.
    static func resolve(
        _ elements: [String],
        for parameter: String,
        pool: inout TablePool,
        isPattern: (String) -> Bool = { _ in false }
    ) throws(RoutingConfigurationError) -> [(isNegated: Bool, element: Element)] {
        var resolved: [(isNegated: Bool, element: Element)] = []
        var stack: [(text: String, isNegated: Bool, depth: Int)] = elements.reversed().map { ($0, false, 0) }
        while let (given, negation, depth) = stack.popLast() {
            var (text, isNegated) = (given, negation)
            while text.hasPrefix("!") {
                text.removeFirst()
                isNegated.toggle()
            }
            guard !text.isEmpty else {
                throw RoutingConfigurationError(parameter: parameter, reason: "\"!\" without a pattern")
            }
            if text.hasPrefix("/") {
                guard depth < depthLimit else {
                    throw RoutingConfigurationError(parameter: parameter, reason: "files name each other too deeply")
                }
                let patterns = try read(text, for: parameter)
                stack += patterns.reversed().map { ($0, isNegated, depth + 1) }
            } else if text.utf8.contains(UInt8(ascii: ":")), !isPattern(text) {
                resolved.append((isNegated, .table(try pool.open(text, for: TableUse(parameter)))))
            } else {
                resolved.append((isNegated, .pattern(text)))
            }
        }
        return resolved
    }

    private static func read(_ path: String, for parameter: String) throws(RoutingConfigurationError) -> [String] {
        do throws(TableOpenError) {
            return try PatternFile.read(path)
        } catch {
            throw RoutingConfigurationError(parameter: parameter, reason: error.description)
        }
    }
}
