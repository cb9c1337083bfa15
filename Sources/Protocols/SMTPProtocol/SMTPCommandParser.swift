// SPDX-License-Identifier: Apache-2.0

package import MailAddress

/// What changes how commands are read.
package struct SMTPParserOptions: Equatable, Sendable {
    /// The extensions whose parameters are known; those of the others are unsupported options.
    package var extensions: Set<SMTPExtension>
    /// Whether a path needs `<` and `>` (`strict_rfc821_envelopes`).
    package var requiresBrackets: Bool
    /// Whether an address beyond ASCII needs SMTPUTF8 (`strict_smtputf8`).
    package var isUTF8DeclarationRequired: Bool
    /// Limits of an address.
    package var addressLimits: AddressLimits
    /// Most base64 digits of a SASL response.
    package var responseLimit: Int

    /// Makes options; the defaults are Postfix'.
    package init(
        extensions: Set<SMTPExtension> = Set(SMTPExtension.allCases),
        requiresBrackets: Bool = false,
        isUTF8DeclarationRequired: Bool = false,
        addressLimits: AddressLimits = AddressLimits(),
        responseLimit: Int = 12288
    ) {
        self.extensions = extensions
        self.requiresBrackets = requiresBrackets
        self.isUTF8DeclarationRequired = isUTF8DeclarationRequired
        self.addressLimits = addressLimits
        self.responseLimit = responseLimit
    }

    func allows(_ name: SMTPExtension) -> Bool {
        extensions.contains(name)
    }

    /// Reads a path and steps over it; nil where it is none, or something other than white space follows.
    func path(_ arguments: inout SMTPArguments, _ kind: PathParser.Kind) -> EmailAddress? {
        let rest = arguments.rest
        let parser = PathParser(limits: addressLimits, requiresBrackets: requiresBrackets)
        guard let found = try? parser.parse(rest.span, from: 0, as: kind) else { return nil }
        let next = rest.startIndex + found.end
        guard next <= rest.endIndex, next == rest.endIndex || rest[next] == 0x20 || rest[next] == 0x09 else {
            return nil
        }
        arguments.advance(by: found.end)
        return found.address
    }
}

/// Reads one command line (RFC 5321 section 4.1.1), without its line end.
package enum SMTPCommandParser {
    /// What a line turned out to be.
    package enum Outcome: Equatable, Sendable {
        /// A command.
        case command(SMTPCommand)
        /// A known verb with wrong arguments.
        case refused(SMTPVerb, SMTPReply)
        /// A verb that we do not know, in upper case.
        case unknown(String)
        /// No command at all: empty, with control characters, or not UTF-8.
        case garbage(SMTPReply)
    }

    /// Reads a line.
    package static func parse(_ line: ArraySlice<UInt8>, _ options: SMTPParserOptions = SMTPParserOptions()) -> Outcome
    {
        var line = line
        while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
        while let first = line.first, first == 0x20 || first == 0x09 { line.removeFirst() }
        guard !line.isEmpty, !line.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            return .garbage(.badSyntax)
        }
        guard line.allSatisfy({ $0 < 0x80 }) || String(validating: line, as: UTF8.self) != nil else {
            return .garbage(.badUTF8)
        }
        let word = line.prefix { $0 != 0x20 && $0 != 0x09 }
        let name = ASCII.uppercased(word.prefix(64))
        guard let verb = SMTPVerb(rawValue: name) else { return .unknown(name) }
        switch command(verb, SMTPArguments(line[word.endIndex...]), options) {
        case .success(let command): return .command(command)
        case .failure(let reply): return .refused(verb, reply)
        }
    }

    private static func command(
        _ verb: SMTPVerb,
        _ arguments: SMTPArguments,
        _ options: SMTPParserOptions
    ) -> SMTPParse<SMTPCommand> {
        switch verb {
        case .helo: HeloCommand.parse(arguments, isExtended: false).map { .helo($0) }
        case .ehlo: HeloCommand.parse(arguments, isExtended: true).map { .helo($0) }
        case .startTLS: bare(.startTLS, verb, arguments)
        case .auth: AuthCommand.parse(arguments, limit: options.responseLimit).map { .auth($0) }
        case .mail: MailCommand.parse(arguments, options).map { .mail($0) }
        case .rcpt: RcptCommand.parse(arguments, options).map { .rcpt($0) }
        case .data: bare(.data, verb, arguments)
        case .bdat: BdatCommand.parse(arguments).map { .bdat($0) }
        case .rset: bare(.rset, verb, arguments)
        case .noop: .success(.noop)
        case .vrfy: arguments.isAtEnd ? .failure(.syntax("VRFY address")) : .success(.vrfy(arguments.restText))
        case .etrn: arguments.isAtEnd ? .failure(.syntax("ETRN domain")) : .success(.etrn(arguments.restText))
        case .quit: .success(.quit)
        }
    }

    /// A verb that takes no argument.
    private static func bare(_ command: SMTPCommand, _ verb: SMTPVerb, _ arguments: SMTPArguments) -> SMTPParse<
        SMTPCommand
    > {
        arguments.isAtEnd ? .success(command) : .failure(.syntax(verb.rawValue))
    }
}
