// SPDX-License-Identifier: Apache-2.0
package import IPC

/// proxymap's answer to a `TableQuestion`; answers come in any order.
package struct TableAnswer: WireMessage, Equatable {
    package static let kind: UInt8 = 71

    /// What the table says.
    package enum Result: Sendable, Equatable {
        case found(String)
        case notFound
        /// The table cannot tell at the moment; the text is for the log.
        case failed(String)
    }

    /// The number of the question.
    package var request: Int
    package var result: Result

    package init(request: Int, result: Result) {
        self.request = request
        self.result = result
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        switch try fields.number(2) {
        case 0: result = .notFound
        case 1: result = .found(try fields.text(3))
        case 2: result = .failed(try fields.text(3))
        default: throw .malformed(tag: 2)
        }
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        switch result {
        case .notFound: fields.put(2, 0)
        case .found(let text):
            fields.put(2, 1)
            fields.put(3, text)
        case .failed(let reason):
            fields.put(2, 2)
            fields.put(3, reason)
        }
    }
}
