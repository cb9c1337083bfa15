// SPDX-License-Identifier: Apache-2.0

package import SASL

/// A client's wish to authenticate somebody.
package struct AuthRequest: Equatable, Sendable {
    /// The SASL mechanism's name as the client gave it.
    package var mechanism: String

    /// The connection on which this happens.
    package var connection: AuthConnectionInfo

    /// The initial response in base64; nil where there was none, empty where it was empty.
    package var initialResponse: SASLSecret?

    /// Makes a request.
    package init(mechanism: String, connection: AuthConnectionInfo, initialResponse: SASLSecret? = nil) {
        self.mechanism = mechanism
        self.connection = connection
        self.initialResponse = initialResponse
    }

    init(_ fields: inout AuthFields) throws(AuthProtocolError) {
        mechanism = try fields.text()
        // Nothing after resp= is looked at: a client that puts user input there unchecked must not give away `secured`.
        let parameters = try fields.parameters(last: "resp")
        guard !mechanism.isEmpty, let connection = AuthConnectionInfo(parameters) else { throw fields.malformed }
        self.connection = connection
        if parameters.contains("resp") { initialResponse = SASLSecret(parameters["resp"] ?? "") }
    }

    // C: "AUTH" TAB <id> TAB <mechanism> TAB service=<service> [TAB <parameters>]
    func encoded(id: UInt32) -> [UInt8] {
        var line = AuthLine("AUTH", id)
        line.add(mechanism)
        line.add(connection.parameters)
        if let initialResponse { line.add(bytes: [UInt8]("resp=".utf8) + initialResponse.bytes) }
        return line.finished()
    }
}
