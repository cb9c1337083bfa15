// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailMessage

extension IMAPResponseWriter {
    /// Writes BODYSTRUCTURE, or BODY where `isExtended` is false (RFC 3501 section 7.4.2).
    ///
    /// - Parameters:
    ///   - structure: the message's parts.
    ///   - bytes: the message, from which envelopes of enclosed messages are read.
    ///   - isExtended: whether the extension data are wanted.
    mutating func structure(_ structure: MessageStructure, of bytes: [UInt8], isExtended: Bool) {
        body(0, structure, bytes, isExtended)
    }

    // body = "(" (body-type-1part / body-type-mpart) ")"
    private mutating func body(_ index: Int, _ structure: MessageStructure, _ bytes: [UInt8], _ isExtended: Bool) {
        guard let part = structure[index] else {
            raw(Self.emptyPart)
            return
        }
        raw("(")
        if part.kind == .multipart || part.kind == .leaf && part.contentType.matches("multipart") {
            multipart(part, structure, bytes, isExtended)
        } else {
            single(part, structure, bytes, isExtended)
        }
        raw(")")
    }

    /// What stands for the content of a multipart that has no parts, which the grammar does not know.
    private static let emptyPart = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)"

    private static let defaultCharset = ContentParameter(
        name: Array("charset".utf8),
        value: Array("us-ascii".utf8)
    )

    // body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    private mutating func multipart(
        _ part: MessagePart,
        _ structure: MessageStructure,
        _ bytes: [UInt8],
        _ isExtended: Bool
    ) {
        if part.children.isEmpty { raw(Self.emptyPart) }
        for child in part.children { body(child, structure, bytes, isExtended) }
        raw(" ")
        string(part.contentType.subtype)
        guard isExtended else { return }
        raw(" ")
        parameters(part.contentType.parameters)
        extensionData(part)
    }

    // body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    private mutating func single(
        _ part: MessagePart,
        _ structure: MessageStructure,
        _ bytes: [UInt8],
        _ isExtended: Bool
    ) {
        let type = part.contentType
        let isMessage = type.matches("message", "rfc822")
        let enclosed = part.kind == .message ? part.children.first : nil
        // The grammar wants an envelope of every message/rfc822: one that was not taken apart is shown as octets.
        let isOpaque = isMessage && enclosed == nil
        if isOpaque {
            raw("\"application\" \"octet-stream\"")
        } else {
            string(type.type)
            raw(" ")
            string(type.subtype)
        }
        raw(" ")
        // The default of RFC 2045 section 5.2, said in full as clients expect it.
        let isPlain = type.matches("text") && type.parameter("charset") == nil
        parameters(type.parameters + (isPlain ? [Self.defaultCharset] : []))
        raw(" ")
        nstring(part.contentID)
        raw(" ")
        nstring(part.description)
        raw(" ")
        string(part.encoding ?? Array("7bit".utf8))
        raw(" ")
        number(UInt64(max(part.body.wireSize, 0)))
        if isMessage, let enclosed, let message = structure[enclosed] {
            raw(" ")
            envelope(HeaderEnvelope(header: bytes.span, message.header.range))
            raw(" ")
            body(enclosed, structure, bytes, isExtended)
            raw(" ")
            number(UInt64(max(part.body.lines, 0)))
        } else if type.matches("text") {
            raw(" ")
            number(UInt64(max(part.body.lines, 0)))
        }
        guard isExtended else { return }
        raw(" ")
        nstring(part.md5)
        extensionData(part)
    }

    // SP body-fld-dsp SP body-fld-lang SP body-fld-loc
    private mutating func extensionData(_ part: MessagePart) {
        raw(" ")
        if let disposition = part.disposition {
            raw("(")
            string(disposition.kind)
            raw(" ")
            parameters(disposition.parameters)
            raw(")")
        } else {
            raw("NIL")
        }
        raw(" ")
        if part.languages.isEmpty {
            raw("NIL")
        } else {
            var separator = "("
            for language in part.languages {
                raw(separator)
                string(language)
                separator = " "
            }
            raw(")")
        }
        raw(" ")
        nstring(part.location)
    }

    // body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
    private mutating func parameters(_ parameters: [ContentParameter]) {
        guard !parameters.isEmpty else {
            raw("NIL")
            return
        }
        var separator = "("
        for parameter in parameters {
            raw(separator)
            string(parameter.name)
            raw(" ")
            string(parameter.value)
            separator = " "
        }
        raw(")")
    }
}
