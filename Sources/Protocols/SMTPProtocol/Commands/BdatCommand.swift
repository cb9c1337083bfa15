// SPDX-License-Identifier: Apache-2.0

/// BDAT: a chunk of the message (RFC 3030 section 2).
package struct BdatCommand: Equatable, Sendable {
    /// Octets that follow the command's line.
    package var size: Int

    /// Whether this is the last chunk.
    package var isLast: Bool

    /// Makes a command.
    package init(size: Int, isLast: Bool) {
        self.size = size
        self.isLast = isLast
    }

    // bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF
    static func parse(_ arguments: SMTPArguments) -> SMTPParse<BdatCommand> {
        var arguments = arguments
        guard let size = arguments.word().flatMap({ ASCII.number($0) }), size < Int.max else {
            return .failure(.syntax("BDAT count [LAST]"))
        }
        guard !arguments.isAtEnd else { return .success(BdatCommand(size: size, isLast: false)) }
        guard arguments.take("LAST"), arguments.isAtEnd else { return .failure(.syntax("BDAT count [LAST]")) }
        return .success(BdatCommand(size: size, isLast: true))
    }
}
