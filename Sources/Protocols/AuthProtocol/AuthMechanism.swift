// SPDX-License-Identifier: Apache-2.0

package import SASL

/// A mechanism as a server announces it.
package struct AuthMechanism: Equatable, Sendable {
    /// What a client should know before it offers a mechanism.
    package enum Property: String, CaseIterable, Sendable {
        /// Anybody gets in.
        case anonymous
        /// The password crosses the wire.
        case plaintext
        /// A listener can try passwords at home.
        case dictionary
        /// An attacker in the middle can do more.
        case active
        /// A stolen key opens no old session.
        case forwardSecrecy = "forward-secrecy"
        /// The server proves itself, too.
        case mutualAuth = "mutual-auth"
        /// Bound to the TLS connection.
        case channelBinding = "channel-binding"
        /// Not to be offered to users.
        case `private`
    }

    /// The SASL name.
    package var name: String

    /// The known properties; unknown ones are ignored.
    package var properties: Set<Property>

    /// Makes an announcement.
    package init(_ name: String, _ properties: Set<Property> = []) {
        self.name = name
        self.properties = properties
    }

    /// Announces a mechanism that we have an engine for.
    package init(_ mechanism: SASLMechanism) {
        self.init(mechanism.rawValue, mechanism.isPlaintext ? [.plaintext] : [])
    }

    init(_ fields: inout AuthFields) throws(AuthProtocolError) {
        name = try fields.text()
        guard !name.isEmpty else { throw fields.malformed }
        properties = []
        while let field = fields.optionalField() {
            if let property = Property(rawValue: String(decoding: field, as: UTF8.self)) { properties.insert(property) }
        }
    }

    var encoded: [UInt8] {
        var line = AuthLine("MECH")
        line.add(name)
        for property in Property.allCases where properties.contains(property) { line.add(property.rawValue) }
        return line.finished()
    }
}
