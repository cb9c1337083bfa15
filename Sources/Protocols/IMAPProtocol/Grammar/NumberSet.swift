// SPDX-License-Identifier: Apache-2.0

/// A set of message numbers or UIDs as sorted ranges that neither overlap nor touch.
package struct NumberSet: Hashable, Sendable {
    /// The ranges, ascending.
    package private(set) var ranges: [ClosedRange<UInt32>]

    /// Makes an empty set.
    package init() {
        ranges = []
    }

    /// Makes a set of ranges in any order.
    package init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
        normalise()
    }

    /// Makes a set of numbers in any order.
    package init(_ numbers: [UInt32]) {
        ranges = []
        for number in numbers.sorted() {
            insert(number)
        }
    }

    /// Adds a number: at the end in constant time, elsewhere in the time that sorting the ranges takes.
    package mutating func insert(_ number: UInt32) {
        guard let last = ranges.last else {
            ranges.append(number...number)
            return
        }
        if number > last.upperBound {
            if number - last.upperBound == 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        } else if !contains(number) {
            ranges.append(number...number)
            normalise()
        }
    }

    /// Whether the set is empty.
    package var isEmpty: Bool { ranges.isEmpty }

    /// How many numbers there are.
    package var count: Int { ranges.reduce(0) { $0 &+ Int($1.upperBound - $1.lowerBound) &+ 1 } }

    /// The smallest number.
    package var min: UInt32? { ranges.first?.lowerBound }

    /// The largest number.
    package var max: UInt32? { ranges.last?.upperBound }

    /// Says whether a number belongs to the set, in logarithmic time.
    package func contains(_ number: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < ranges.count && ranges[low].lowerBound <= number
    }

    /// The part of the set that lies within a range.
    package func clamped(to bounds: ClosedRange<UInt32>) -> NumberSet {
        var result = NumberSet()
        result.ranges = ranges.filter { $0.overlaps(bounds) }.map { $0.clamped(to: bounds) }
        return result
    }

    /// The numbers one by one, ascending; clamp the set first to what exists.
    package var numbers: some Sequence<UInt32> { ranges.lazy.joined() }

    private mutating func normalise() {
        ranges.sort { $0.lowerBound < $1.lowerBound }
        var merged: [ClosedRange<UInt32>] = []
        merged.reserveCapacity(ranges.count)
        for range in ranges {
            // `last.upperBound` is below `range.lowerBound` in the subtraction, so it cannot wrap.
            if let last = merged.last,
                range.lowerBound <= last.upperBound || range.lowerBound - last.upperBound == 1
            {
                merged[merged.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }
}
