// SPDX-License-Identifier: Apache-2.0

/// An operator of `${{left} operator {right} ? … }`.
package enum ExpansionComparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case greater = ">"
    case levelEqual = "==level"
    case levelNotEqual = "!=level"
    case levelLess = "<level"
    case levelLessOrEqual = "<=level"
    case levelGreaterOrEqual = ">=level"
    case levelGreater = ">level"

    /// Whether the comparison holds: as numbers where both sides are digits only, otherwise as bytes.
    ///
    /// The forms with `level` compare `major.minor.patch`, a part that is missing or no number being 0.
    package func holds(_ left: String, _ right: String) -> Bool {
        let order: Int
        if rawValue.hasSuffix("level") {
            order = Self.order(Self.parts(of: left), Self.parts(of: right))
        } else if let first = Self.number(left), let second = Self.number(right) {
            order = first < second ? -1 : first > second ? 1 : 0
        } else {
            order = Self.order(Array(left.utf8).map(Int.init), Array(right.utf8).map(Int.init))
        }
        return switch self {
        case .equal, .levelEqual: order == 0
        case .notEqual, .levelNotEqual: order != 0
        case .less, .levelLess: order < 0
        case .lessOrEqual, .levelLessOrEqual: order <= 0
        case .greaterOrEqual, .levelGreaterOrEqual: order >= 0
        case .greater, .levelGreater: order > 0
        }
    }

    private static func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func parts(of level: String) -> [Int] {
        var parts = level.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false).map {
            number(ListSyntax.trimmed($0)) ?? 0
        }
        while parts.count < 4 { parts.append(0) }
        return parts
    }

    private static func order(_ left: [Int], _ right: [Int]) -> Int {
        left.lexicographicallyPrecedes(right) ? -1 : right.lexicographicallyPrecedes(left) ? 1 : 0
    }
}
