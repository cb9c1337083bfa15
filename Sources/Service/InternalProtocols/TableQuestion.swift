// SPDX-License-Identifier: Apache-2.0
package import IPC

/// To proxymap: one key of one table; many may be under way on a connection.
package struct TableQuestion: WireMessage, Equatable {
    package static let kind: UInt8 = 70

    /// The asker's number for it; the answer has the same.
    package var request: Int
    /// `type:name` as the configuration has it; a `proxy:` before it does not matter.
    package var specification: String
    package var key: String
    /// Milliseconds after which nobody waits for the answer.
    package var timeLimit: Int

    package init(request: Int, specification: String, key: String, timeLimit: Int) {
        self.request = request
        self.specification = specification
        self.key = key
        self.timeLimit = timeLimit
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        specification = try fields.text(2)
        key = try fields.text(3)
        timeLimit = try fields.number(4)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, specification)
        fields.put(3, key)
        fields.put(4, timeLimit)
    }
}
