// SPDX-License-Identifier: Apache-2.0

/// One parameter after the path of MAIL or RCPT.
struct ESMTPParameter {
    /// The keyword in upper case.
    let keyword: String
    /// The value; nil where there is no `=`.
    let value: ArraySlice<UInt8>?
    /// The whole, for the error text.
    let text: String

    /// Most parameters of one command; more than the extensions together define is an attack.
    static let limit = 32

    // esmtp-param   = esmtp-keyword ["=" esmtp-value]
    // esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
    /// Reads all parameters up to the end of the line; nil where there are too many.
    static func all(_ arguments: inout SMTPArguments) -> [ESMTPParameter]? {
        var list: [ESMTPParameter] = []
        while let word = arguments.word() {
            guard list.count < limit else { return nil }
            let equals = word.firstIndex(of: UInt8(ascii: "="))
            list.append(
                ESMTPParameter(
                    keyword: ASCII.uppercased(word[..<(equals ?? word.endIndex)]),
                    value: equals.map { word[($0 + 1)...] },
                    text: String(decoding: word.prefix(80), as: UTF8.self)
                )
            )
        }
        return list
    }
}
