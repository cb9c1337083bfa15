// SPDX-License-Identifier: Apache-2.0

/// A parser, or a group of them, that arbitrary bytes are given to.
///
/// The same entry is called by libFuzzer (`libexec/fuzz`) with what it makes up and by the tests with the kept corpus.
struct FuzzTarget: Sendable {
    /// The name of the target, of its corpus and of its dictionary.
    let name: String
    /// The longest input that is tried, in bytes.
    let maximumLength: Int
    /// Gives the bytes to the parser; throws where a property does not hold.
    let run: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, upTo maximumLength: Int, _ run: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.maximumLength = maximumLength
        self.run = run
    }

    /// The target of this name.
    static func named(_ name: String) -> FuzzTarget? {
        all.first { $0.name == name }
    }
}

/// A property that does not hold for some input.
struct PropertyFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws unless the property holds.
func require(_ holds: Bool, _ property: @autoclosure () -> String) throws {
    guard holds else { throw PropertyFailure(property()) }
}

/// Throws unless both are the same; the text says what of both is compared.
func requireEqual<Value: Equatable>(_ first: Value, _ second: Value, _ property: @autoclosure () -> String) throws {
    guard first == second else { throw PropertyFailure("\(property()): \(first) is not \(second)") }
}
