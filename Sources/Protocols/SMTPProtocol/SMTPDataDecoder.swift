// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Decodes the content that follows DATA (RFC 5321 section 4.5.2) or BDAT (RFC 3030), in pieces of any size.
///
/// Dots are unstuffed and line ends made uniform. Under the strict policies the data ends only at the five bytes CRLF dot
/// CRLF: any other mixture becomes content. A bare CR becomes a space (it may be a line end for the next program but must
/// not be one for us), and surplus CRs before a line end are dropped.
package struct SMTPDataDecoder: Equatable, Sendable {
    /// How the client marks the end of the content.
    package enum Framing: Equatable, Sendable {
        /// DATA: a line with a dot.
        case dotted
        /// BDAT: a count, which the driver keeps.
        case counted
    }

    /// How lines of the output end.
    package enum LineEnd: Equatable, Sendable {
        /// As in files of Unix.
        case lineFeed
        /// As on the wire.
        case carriageReturnLineFeed
    }

    /// What a piece of input led to.
    package enum Progress: Equatable, Sendable {
        /// All was consumed; more content follows.
        case more
        /// The end of the data was reached; what was not consumed are commands.
        case end
        /// Policy `reject`: close the session, without looking for an end that client and server may not agree on.
        case violation(BareNewline)
    }

    private enum Position: Equatable {
        /// At the begin of a line; whether a real CRLF came before.
        case lineStart(afterCRLF: Bool)
        /// After the dot that begins a line.
        case dot(afterCRLF: Bool)
        /// Further on in a line.
        case inLine
    }

    private let policy: BareNewlinePolicy
    private let framing: Framing
    private let lineEnd: LineEnd
    private let sizeLimit: Int
    // The reply 354 follows the CRLF of the command, so the first line may be the dot.
    private var position = Position.lineStart(afterCRLF: true)
    private var returns = 0
    private var hasEnded = false

    /// Octets of content so far, each line end as two (RFC 1870 section 5).
    package private(set) var size = 0

    /// The first bare newline that was seen, for the log.
    package private(set) var bareNewline: BareNewline?

    /// Whether the content is over the limit; from there on nothing is put out.
    package var isOverLimit: Bool { sizeLimit > 0 && size > sizeLimit }

    /// Makes a decoder for one message; `sizeLimit` is `message_size_limit`, 0 for none.
    package init(
        policy: BareNewlinePolicy = .normalize,
        framing: Framing = .dotted,
        lineEnd: LineEnd = .lineFeed,
        sizeLimit: Int = 0
    ) {
        self.policy = policy
        self.framing = framing
        self.lineEnd = lineEnd
        self.sizeLimit = sizeLimit
    }

    /// Decodes a piece of input and appends to `output`; returns how many bytes to drop.
    package mutating func decode(
        _ input: borrowing Span<UInt8>,
        into output: inout [UInt8]
    ) -> (consumed: Int, progress: Progress) {
        guard !hasEnded else { return (0, .end) }
        var index = 0
        while index < input.count {
            let byte = input[index]
            switch byte {
            case 0x0A:
                index += 1
                if let progress = endLine(&output) { return (index, progress) }
            case 0x0D:
                index += 1
                if returns > 0, policy == .reject { return (index, violation(.carriageReturn)) }
                returns += 1
            default:
                if returns > 0 {
                    if policy == .reject { return (index, violation(.carriageReturn)) }
                    flushReturns(&output)
                }
                if position == .inLine || !takesDot(byte) {
                    position = .inLine
                    let end = LineScanner.firstBreak(in: input, from: index)
                    put(input, index..<end, &output)
                    index = end
                } else {
                    index += 1
                }
            }
        }
        return (index, .more)
    }

    /// Ends the content of counted framing after its last chunk: completes a last line that has no end.
    package mutating func finish(into output: inout [UInt8]) {
        guard framing == .counted, !hasEnded else { return }
        hasEnded = true
        if returns > 0 { flushReturns(&output) }
        if position == .inLine { putLineEnd(&output) }
    }

    /// Whether the byte is the dot that begins a line, which is held back; another byte after such a dot drops it.
    private mutating func takesDot(_ byte: UInt8) -> Bool {
        guard framing == .dotted, byte == UInt8(ascii: "."), case .lineStart(let afterCRLF) = position else {
            return false
        }
        position = .dot(afterCRLF: afterCRLF)
        return true
    }

    /// Takes a LF; returns how the data ends, if it does.
    private mutating func endLine(_ output: inout [UInt8]) -> Progress? {
        let isCRLF = returns > 0
        if !isCRLF {
            if policy == .reject { return violation(.lineFeed) }
            bareNewline = bareNewline ?? .lineFeed
        }
        if case .dot(let afterCRLF) = position {
            if returns <= 1, !policy.isStrict || (isCRLF && returns == 1 && afterCRLF) {
                hasEnded = true
                return .end
            }
            // A dot alone that is no end: it stays, for dropping it would lose what the client wrote.
            put(UInt8(ascii: "."), &output)
        }
        if returns > 1 { bareNewline = bareNewline ?? .carriageReturn }
        returns = 0
        putLineEnd(&output)
        position = .lineStart(afterCRLF: isCRLF)
        return nil
    }

    /// Puts a space for each CR that turned out to be bare.
    private mutating func flushReturns(_ output: inout [UInt8]) {
        bareNewline = bareNewline ?? .carriageReturn
        for _ in 0..<returns { put(UInt8(ascii: " "), &output) }
        returns = 0
        // More than the dot is on the line, so that the dot was stuffing.
        position = .inLine
    }

    private mutating func violation(_ kind: BareNewline) -> Progress {
        bareNewline = kind
        hasEnded = true
        return .violation(kind)
    }

    private mutating func putLineEnd(_ output: inout [UInt8]) {
        size &+= 2
        guard !isOverLimit else { return }
        if lineEnd == .carriageReturnLineFeed { output.append(0x0D) }
        output.append(0x0A)
    }

    private mutating func put(_ byte: UInt8, _ output: inout [UInt8]) {
        size &+= 1
        if !isOverLimit { output.append(byte) }
    }

    private mutating func put(_ input: borrowing Span<UInt8>, _ range: Range<Int>, _ output: inout [UInt8]) {
        size &+= range.count
        if !isOverLimit { output.append(input, range) }
    }
}
