// SPDX-License-Identifier: Apache-2.0

/// The messages that a command names: numbers, ranges and `*`, as the client wrote them (RFC 3501 section 9).
package struct SequenceSet: Hashable, Sendable {
    /// One end of a range.
    package enum Bound: Hashable, Sendable {
        case number(UInt32)
        /// `*`: the largest number in use.
        case largest
    }

    /// A range, its ends in the order of the client.
    package struct Element: Hashable, Sendable {
        package var first: Bound
        package var last: Bound

        package init(_ first: Bound, _ last: Bound) {
            self.first = first
            self.last = last
        }
    }

    /// The ranges, in the client's order; they may overlap.
    package var elements: [Element]

    /// Makes a set of ranges.
    package init(_ elements: [Element]) {
        self.elements = elements
    }

    /// The numbers meant when the largest one in use is known.
    ///
    /// `*` is that number; with no message at all (`largest` 0) it names nothing. Nothing is expanded: the cost is that
    /// of sorting the ranges. The result may name numbers above `largest`: for UIDs that is no error, for sequence
    /// numbers the caller checks `maximum`.
    package func resolved(largest: UInt32) -> NumberSet {
        var ranges: [ClosedRange<UInt32>] = []
        ranges.reserveCapacity(elements.count)
        for element in elements {
            let usesLargest = element.first == .largest || element.last == .largest
            if largest == 0, usesLargest {
                continue
            }
            let first = Self.value(element.first, largest)
            let last = Self.value(element.last, largest)
            ranges.append(min(first, last)...max(first, last))
        }
        return NumberSet(ranges)
    }

    /// The largest number that is written out, 0 if none is.
    package var maximum: UInt32 {
        elements.reduce(0) { max($0, Self.value($1.first, 0), Self.value($1.last, 0)) }
    }

    private static func value(_ bound: Bound, _ largest: UInt32) -> UInt32 {
        switch bound {
        case .number(let number): number
        case .largest: largest
        }
    }
}

extension CommandParser {
    // sequence-set = (seq-number / seq-range) *("," (seq-number / seq-range)); seq-range = seq-number ":" seq-number
    mutating func sequenceSet() throws(IMAPSyntaxError) -> SequenceSet {
        var elements: [SequenceSet.Element] = []
        repeat {
            guard elements.count < limits.sequenceRanges else {
                throw .limit("Too many ranges in the message set.")
            }
            let first = try sequenceBound()
            let last = take(UInt8(ascii: ":")) ? try sequenceBound() : first
            elements.append(SequenceSet.Element(first, last))
        } while take(UInt8(ascii: ","))
        return SequenceSet(elements)
    }

    // seq-number = nz-number / "*"
    private mutating func sequenceBound() throws(IMAPSyntaxError) -> SequenceSet.Bound {
        if take(UInt8(ascii: "*")) {
            return .largest
        }
        guard let byte = next, byte.isDigit else {
            throw .invalid("Invalid message set.")
        }
        return .number(try nonZeroNumber())
    }
}
