// SPDX-License-Identifier: Apache-2.0
internal import IPC

/// What access tables ask cleanup to do with a message (access(5), OTHER ACTIONS).
///
/// smtpd sends it with the envelope, and again at the end of the content with what `smtpd_end_of_data_restrictions`
/// have added.
package struct MessageActions: Sendable, Equatable {
    /// HOLD: queue it in the folder `hold`.
    package var holds = false
    /// DISCARD: say yes, and drop it.
    package var discards = false
    /// REDIRECT: the address that gets the message in place of all recipients, in internal form; empty without.
    package var redirect = ""
    /// PREPEND: header fields, without line ends; only those of the envelope count.
    package var prepended: [String] = []
    /// BCC: further recipients in internal form.
    package var bcc: [String] = []

    package init() {}

    init(from fields: FieldReader) throws(WireError) {
        holds = fields.flag(1)
        discards = fields.flag(2)
        redirect = fields.textIfPresent(3) ?? ""
        prepended = fields.texts(4)
        bcc = fields.texts(5)
    }

    func encode(into fields: inout FieldWriter) {
        if holds { fields.put(1, true) }
        if discards { fields.put(2, true) }
        if !redirect.isEmpty { fields.put(3, redirect) }
        fields.put(4, prepended)
        fields.put(5, bcc)
    }

    /// Reads the actions of a frame; none where it has none.
    static func read(_ tag: UInt8, _ fields: FieldReader) throws(WireError) -> MessageActions {
        guard let nested = try fields.nested(tag).first else { return MessageActions() }
        return try MessageActions(from: nested)
    }

    /// Appends the actions to a frame, where there are any.
    func put(_ tag: UInt8, into fields: inout FieldWriter) {
        guard self != MessageActions() else { return }
        fields.put(tag) { self.encode(into: &$0) }
    }
}
