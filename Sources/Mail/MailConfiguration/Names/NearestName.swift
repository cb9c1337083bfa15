// SPDX-License-Identifier: Apache-2.0

/// The search for the name that a mistyped one was meant to be.
package enum NearestName {
    /// Returns the candidate with the smallest edit distance to `name`, or nil where none is near.
    ///
    /// - Parameters:
    ///   - name: What was written; letters in the wrong case cost nothing.
    ///   - candidates: The names that are known.
    ///   - limit: The greatest distance that still counts as near; for short names at most half their length.
    /// - Returns: The nearest name, of equals the first in the alphabet.
    package static func find(_ name: String, in candidates: some Sequence<String>, limit: Int = 3) -> String? {
        let wanted = scalars(of: name)
        guard wanted.count <= 100 else { return nil }
        var bound = min(limit, max(1, wanted.count / 2))
        var best: String?
        for candidate in candidates {
            let scalars = scalars(of: candidate)
            guard abs(scalars.count - wanted.count) <= bound else { continue }
            let found = distance(wanted, scalars, upTo: bound)
            guard found < bound || (found == bound && best.map { candidate < $0 } ?? true) else { continue }
            bound = found
            best = candidate
        }
        return best
    }

    /// Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
    ///
    /// - Parameters:
    ///   - left: One name.
    ///   - right: The other.
    ///   - bound: How far they may be apart.
    /// - Returns: The distance; where it is above the bound, any number above it, which is told sooner.
    package static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], upTo bound: Int = .max) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var row = last
        var lastLeast = 0
        for i in 1...left.count {
            row[0] = i
            var least = i
            for j in 1...right.count {
                let same = left[i - 1] == right[j - 1]
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    cost = min(cost, beforeLast[j - 2] + 1)
                }
                row[j] = cost
                least = min(least, cost)
            }
            // A row grows out of the two before it.
            if min(least, lastLeast) > bound { return least }
            lastLeast = least
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[right.count]
    }

    private static func scalars(of name: String) -> [Unicode.Scalar] { Array(name.lowercased().unicodeScalars) }
}
