// SPDX-License-Identifier: Apache-2.0

/// What STORE does to the flags of messages (RFC 3501 section 6.4.6).
package struct FlagChange: Hashable, Sendable {
    /// How the named flags meet those of the message.
    package enum Operation: Hashable, Sendable {
        /// `FLAGS`: only `\Recent` stays.
        case replace
        /// `+FLAGS`
        case add
        /// `-FLAGS`
        case remove
    }

    package var operation: Operation
    package var flags: FlagList
    /// `.SILENT`: the client does not want the result.
    package var isSilent: Bool

    package init(_ operation: Operation, _ flags: FlagList, isSilent: Bool = false) {
        self.operation = operation
        self.flags = flags
        self.isSilent = isSilent
    }
}

extension CommandParser {
    // store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
    mutating func flagChange() throws(IMAPSyntaxError) -> FlagChange {
        let operation: FlagChange.Operation =
            take(UInt8(ascii: "+")) ? .add : take(UInt8(ascii: "-")) ? .remove : .replace
        let name = try name()
        guard name == "FLAGS" || name == "FLAGS.SILENT" else {
            throw .invalid("Invalid item \(name.prefix(32)).")
        }
        try space()
        return FlagChange(operation, try flags(), isSilent: name == "FLAGS.SILENT")
    }
}
