// SPDX-License-Identifier: Apache-2.0

/// What a parameter uses its tables for, and so what it permits them.
///
/// A table that the use does not permit is an error of the configuration: a regular expression that puts a part of a
/// stranger's address into a path or a command would let that stranger choose the file (virtual(8), local(8) and
/// transport(5) refuse it too).
package struct TableUse: Sendable, Hashable {
    /// What the text that a table gives is.
    package enum Result: Sendable, Hashable {
        /// Addresses, separated by commas or white space.
        case addresses
        /// A path of a file or folder.
        case path
        /// A number of decimal digits.
        case number
        /// `transport:nexthop`.
        case transport
        /// A text for people, or one that only counts by being there.
        case text
    }

    /// Whether parts of the key may be put into the text (`$1` of `regexp:`).
    package enum Substitution: Sendable, Hashable {
        /// As they are.
        case permitted
        /// Only where they cannot end the address that they are put into, or begin another one.
        case intoAddress
        /// Not at all.
        case refused
    }

    /// The parameter of main.cf.
    package let parameter: String
    /// What the text is.
    package let result: Result
    /// Whether parts of the key may be put into the text.
    package let substitution: Substitution
    /// Whether parts of an address or name are looked up when the whole is not found.
    package let asksForParts: Bool
    /// Whether keys are compared in lower case.
    package let foldsKeys: Bool

    /// Describes a use.
    ///
    /// - Parameters:
    ///   - parameter: The parameter of main.cf.
    ///   - result: What the text is.
    ///   - substitution: Whether parts of the key may be put into it; as ``Result`` has it where nil.
    ///   - asksForParts: Whether parts of an address or name are looked up.
    ///   - foldsKeys: Whether keys are compared in lower case.
    package init(
        _ parameter: String,
        _ result: Result = .text,
        substitution: Substitution? = nil,
        asksForParts: Bool = true,
        foldsKeys: Bool = true
    ) {
        self.parameter = parameter
        self.result = result
        self.substitution =
            substitution
            ?? {
                switch result {
                case .text: .permitted
                case .addresses: .intoAddress
                case .path, .number, .transport: .refused
                }
            }()
        self.asksForParts = asksForParts
        self.foldsKeys = foldsKeys
    }

    /// Why `text` is no result for this use; nil where it is one.
    func objection(to text: String) -> String? {
        switch result {
        case .number:
            let isNumber = !text.isEmpty && text.utf8.count <= 10 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isNumber ? nil : "\"\(text)\" is no number"
        case .path: return text.isEmpty || text.utf8.contains(0) ? "the path is empty or not a path" : nil
        case .addresses, .transport, .text: return nil
        }
    }
}

/// A setting that its tables or lists make unusable.
package struct TableConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The parameter of main.cf.
    package let parameter: String
    /// What is wrong with it.
    package let reason: String

    package init(parameter: String, reason: String) {
        self.parameter = parameter
        self.reason = reason
    }

    package var description: String { "\(parameter): \(reason)" }
}
