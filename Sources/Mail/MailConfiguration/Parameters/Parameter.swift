// SPDX-License-Identifier: Apache-2.0

/// One row of data that describes a parameter of main.cf.
///
/// Reading (`configuration[SMTPServerParameters.recipientLimit]`), checking, listing and the manual use the same row.
package struct Parameter<Value: Sendable>: AnyParameter {
    package let name: String
    /// How a text becomes a value.
    package let type: ParameterType<Value>
    package let defaultText: String
    package let summary: String
    package let reason: String?

    /// Describes a parameter.
    ///
    /// - Parameters:
    ///   - name: The name in main.cf.
    ///   - type: How its text is read.
    ///   - defaultText: The value where main.cf says nothing, as main.cf text that may refer to other parameters.
    ///   - summary: One sentence.
    ///   - reason: Why the default is what it is, where that is not plain or differs from Postfix.
    package init(
        _ name: String,
        _ type: ParameterType<Value>,
        default defaultText: String,
        _ summary: String,
        reason: String? = nil
    ) {
        self.name = name
        self.type = type
        self.defaultText = defaultText
        self.summary = summary
        self.reason = reason
    }

    package var typeName: String { type.name }
    package var isTemplate: Bool { type.isTemplate }

    package func problem(with text: String) -> BadValue? {
        do throws(BadValue) {
            _ = try type.read(text)
            return nil
        } catch {
            return error
        }
    }
}

/// What is common to the rows of all types.
package protocol AnyParameter: Sendable {
    /// The name in main.cf.
    var name: String { get }
    /// The value where main.cf says nothing, as main.cf text.
    var defaultText: String { get }
    /// One sentence about the meaning.
    var summary: String { get }
    /// Why the default is what it is.
    var reason: String? { get }
    /// The type as a person calls it, with its range.
    var typeName: String { get }
    /// Whether `$name` in the value is left to the moment of use, as in `mailbox_command`.
    var isTemplate: Bool { get }
    /// Returns why an expanded text is no value of this parameter, or nil.
    func problem(with text: String) -> BadValue?
}

/// Why a text is no value of a type.
package struct BadValue: Error, Equatable, Sendable {
    /// What is wrong, and what would be right.
    package let message: String
    /// What was probably meant.
    package let suggestion: String?

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}
