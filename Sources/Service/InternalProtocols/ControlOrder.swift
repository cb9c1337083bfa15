// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From `mailctl` to master, over the control socket.
package struct ControlOrder: WireMessage, Equatable {
    package static let kind: UInt8 = 60

    /// What is to be done.
    package enum Action: String, Sendable {
        /// Tell what runs: a `MasterStatus`.
        case status
        /// Read the configuration again: a `ControlReply`.
        case reload
        /// End everything: a `ControlReply` at once, the end of the stream when all is over.
        case stop
    }

    package var action: Action

    package init(_ action: Action) {
        self.action = action
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let action = Action(rawValue: try fields.text(1)) else { throw .malformed(tag: 1) }
        self.action = action
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, action.rawValue)
    }
}

/// master's answer to `reload` and `stop`.
package struct ControlReply: WireMessage, Equatable {
    package static let kind: UInt8 = 61

    /// Whether it was done; a broken configuration changes nothing.
    package var isDone: Bool
    /// Everything there is to say about the configuration, `file:line: severity: text`.
    package var diagnostics: [String]

    package init(isDone: Bool, diagnostics: [String] = []) {
        self.isDone = isDone
        self.diagnostics = diagnostics
    }

    package init(from fields: FieldReader) throws(WireError) {
        isDone = fields.flag(1)
        diagnostics = fields.texts(2)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, isDone)
        fields.put(2, diagnostics)
    }
}
