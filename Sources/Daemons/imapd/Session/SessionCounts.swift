// SPDX-License-Identifier: Apache-2.0

/// What a session has done, for its last line in the log.
struct SessionCounts {
    var input = 0
    var output = 0
    /// Messages that were marked \Deleted.
    var deleted = 0
    var expunged = 0
    /// Headers and bodies that were sent.
    var content = ContentCounts()
    /// Whether a literal is on its way to the client, into which no other response may come.
    var isStreaming = false
    /// Whether IDLE holds, or a command is being carried out: silence is no fault then.
    var isBusy = false

    /// The counts as Dovecot logs them.
    var text: String {
        "in=\(input) out=\(output) deleted=\(deleted) expunged=\(expunged) trashed=0 "
            + "hdr_count=\(content.headers) hdr_bytes=\(content.headerOctets) "
            + "body_count=\(content.bodies) body_bytes=\(content.bodyOctets)"
    }

    /// Counts what was sent.
    mutating func add(_ sent: ContentCounts) {
        content.headers += sent.headers
        content.headerOctets += sent.headerOctets
        content.bodies += sent.bodies
        content.bodyOctets += sent.bodyOctets
    }
}
