// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends a part of a span in one copy; what lies outside the span is left out.
    package mutating func append(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
        let range = range.clamped(to: 0..<bytes.count)
        guard !range.isEmpty else { return }
        // The pointer does not leave the closure, and the array copies.
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe self.append(contentsOf: $0) }
    }
}
