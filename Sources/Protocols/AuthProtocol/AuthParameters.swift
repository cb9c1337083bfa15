// SPDX-License-Identifier: Apache-2.0

/// The optional fields of a line, in their order: `name` or `name=value`.
///
/// Descriptions hide the values that are secrets.
package struct AuthParameters: Equatable, Sendable {
    private struct Item: Equatable, Sendable {
        var name: String
        var value: String?
    }

    private var list: [Item] = []

    /// Makes an empty list.
    package init() {}

    /// All parameters in their order.
    package var items: [(name: String, value: String?)] { list.map { ($0.name, $0.value) } }

    /// Whether there is none.
    package var isEmpty: Bool { list.isEmpty }

    /// Adds a parameter; without a value it is a boolean that is there.
    package mutating func append(_ name: String, _ value: String? = nil) {
        list.append(Item(name: name, value: value))
    }

    /// Adds a parameter where there is a value.
    package mutating func append(_ name: String, ifPresent value: String?) {
        if let value { append(name, value) }
    }

    /// Takes out every parameter of this name.
    package mutating func remove(_ name: String) {
        list.removeAll { $0.name == name }
    }

    /// The value of the first parameter of this name; nil where it is missing or has no value.
    package subscript(_ name: String) -> String? {
        list.first { $0.name == name }?.value
    }

    /// Whether a parameter of this name is there, whatever its value.
    package func contains(_ name: String) -> Bool {
        list.contains { $0.name == name }
    }

    /// The value of the first parameter of this name as a decimal number of 32 bits.
    package func number(_ name: String) -> UInt32? {
        self[name].flatMap { AuthFields.number($0.utf8) }
    }
}

extension AuthParameters: ExpressibleByDictionaryLiteral {
    /// Makes a list in the literal's order; nil makes a boolean.
    package init(dictionaryLiteral elements: (String, String?)...) {
        list = elements.map { Item(name: $0.0, value: $0.1) }
    }
}

extension AuthParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters with spaces between them, secrets hidden.
    package var description: String {
        list.map { item in
            guard let value = item.value else { return item.name }
            return item.name + "=" + (Self.isSecret(item.name) ? "<hidden>" : value)
        }
        .joined(separator: " ")
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror without children, so that `dump` shows no more than `description`.
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.contains("pass") || name.contains("token") || name == "resp" || name == "cookie"
    }
}
