// SPDX-License-Identifier: Apache-2.0

extension CommandParser {
    // number = 1*DIGIT (0 <= n < 4,294,967,296)
    mutating func number() throws(IMAPSyntaxError) -> UInt32 {
        guard let number = UInt32(exactly: try number64()) else {
            throw .invalid("Number out of range.")
        }
        return number
    }

    // nz-number = digit-nz *DIGIT (0 < n < 4,294,967,296)
    mutating func nonZeroNumber() throws(IMAPSyntaxError) -> UInt32 {
        guard next != UInt8(ascii: "0") else {
            throw .invalid("Number out of range.")
        }
        return try number()
    }

    // number64 = 1*DIGIT (0 <= n <= 9,223,372,036,854,775,807)
    mutating func number64() throws(IMAPSyntaxError) -> UInt64 {
        let digits = run { $0.isDigit }
        guard !digits.isEmpty else {
            throw .invalid("Expected a number.")
        }
        guard let value = decimalNumber(digits), value <= UInt64(Int64.max) else {
            throw .invalid("Number out of range.")
        }
        return value
    }

    /// Reads exactly so many digits, at most four.
    mutating func digits(_ count: Int) throws(IMAPSyntaxError) -> Int {
        var value = 0
        for _ in 0..<count {
            guard let digit = next, digit.isDigit else {
                throw .invalid("Invalid date.")
            }
            value = value &* 10 &+ Int(digit.digitValue)
            position += 1
        }
        return value
    }
}

/// The value of a run of digits, or nil when it does not fit.
func decimalNumber(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
        let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, isTooLargeToo) = product.addingReportingOverflow(UInt64(digit.digitValue))
        guard !isTooLarge, !isTooLargeToo else {
            return nil
        }
        value = sum
    }
    return value
}
