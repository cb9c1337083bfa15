// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// How a body was made fit for the wire (RFC 2045 section 6).
package enum TransferEncoding: Equatable, Sendable {
    /// 7bit, 8bit, binary, or none given.
    case identity
    /// Quoted-printable.
    case quotedPrintable
    /// Base64.
    case base64
    /// One that is not known; the content is opaque.
    case unknown

    /// The encoding of this name, without regard to case.
    package init(name: [UInt8]) {
        if Octet.equal(name, "base64") {
            self = .base64
        } else if Octet.equal(name, "quoted-printable") {
            self = .quotedPrintable
        } else if Octet.equal(name, "7bit") || Octet.equal(name, "8bit") || Octet.equal(name, "binary") {
            self = .identity
        } else {
            self = .unknown
        }
    }
}

/// Undoes a transfer encoding, chunk by chunk.
package struct TransferDecoder: Sendable {
    private enum State: Sendable {
        case identity
        case base64(Base64Decoder)
        case quotedPrintable(QuotedPrintableDecoder)
    }

    private var state: State

    /// Makes a decoder; an unknown encoding passes as it is.
    package init(_ encoding: TransferEncoding) {
        switch encoding {
        case .identity, .unknown: state = .identity
        case .base64: state = .base64(Base64Decoder())
        case .quotedPrintable: state = .quotedPrintable(QuotedPrintableDecoder())
        }
    }

    /// Decodes a part of a span and appends the result.
    package mutating func decode(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        switch state {
        case .identity:
            output.append(bytes, range)
        case .base64(var decoder):
            decoder.decode(bytes, range, into: &output)
            state = .base64(decoder)
        case .quotedPrintable(var decoder):
            decoder.decode(bytes, range, into: &output)
            state = .quotedPrintable(decoder)
        }
    }

    /// Appends what was held back at the end of the last chunk.
    package mutating func finish(into output: inout [UInt8]) {
        if case .quotedPrintable(var decoder) = state {
            decoder.finish(into: &output)
            state = .quotedPrintable(decoder)
        }
    }
}
