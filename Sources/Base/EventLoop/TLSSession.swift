// SPDX-License-Identifier: Apache-2.0

/// Why a TLS context could not be made or a session broke; the text is the library's.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// What a step of a TLS session came to.
package enum TLSProgress: Sendable, Equatable {
    /// Done, with so many bytes of plain text read or written.
    case done(Int)
    /// Again once the descriptor is readable.
    case wantRead
    /// Again once the descriptor is writable.
    case wantWrite
    /// The peer has ended the session.
    case closed
    /// Broken; the text says why.
    case failed(TLSError)
}

/// One TLS session directly on a non-blocking descriptor, which it does not own.
///
/// The loop knows no TLS library: a daemon that does not speak TLS has none in its process.
package protocol TLSSession: AnyObject {
    /// Takes the handshake further.
    func handshake() -> TLSProgress
    /// Reads plain text into `room`.
    func read(into room: UnsafeMutableRawBufferPointer) -> TLSProgress
    /// Writes some of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) -> TLSProgress
    /// Tells the peer that nothing more comes; best effort.
    func sendClose()
    /// The version, `TLSv1.3`.
    var version: String { get }
    /// The cipher's name.
    var cipher: String { get }
    /// The cipher's strength in bits.
    var cipherBits: Int { get }
}
