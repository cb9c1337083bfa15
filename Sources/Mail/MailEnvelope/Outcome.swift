// SPDX-License-Identifier: Apache-2.0

/// What became of a delivery to one recipient.
package struct Outcome: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        /// In the mailbox, or the next host has taken it; durably.
        case delivered = 0
        /// Not delivered; to be tried again.
        case deferred = 1
        /// Refused for good; to be reported to the sender.
        case failed = 2
        /// Replaced by a new message (alias, forwarding), which is on disk.
        case forwarded = 3
    }

    /// What a deferral says about other mail: the queue manager slows down the recipient, the host or the transport.
    package enum Scope: UInt8, Sendable {
        /// Only this recipient.
        case recipient = 0
        /// The destination: the host cannot be reached or takes nothing now.
        case host = 1
        /// The whole transport: nothing can be delivered through it now.
        case transport = 2
    }

    /// Who took or refused the message: `relay=` in the log.
    package enum Peer: Sendable, Hashable {
        /// A service of this host, by name: `local`, `virtual`.
        case local(String)
        case remote(host: String, address: String, port: UInt16)
    }

    package var kind: Kind
    /// Enhanced status code, as `5.1.1` (RFC 3463).
    package var status: String
    /// What the log has in parentheses: `delivered to maildir`, `unknown user: "x"`, or the remote host's reply.
    package var text: String
    package var scope: Scope
    /// Nil where no agent was asked (`relay=none`); an agent's own outcomes get its name.
    package var peer: Peer?
    /// Who wrote `text`.
    package var diagnosticType: DiagnosticType

    package init(
        _ kind: Kind,
        status: String,
        text: String,
        scope: Scope = .recipient,
        peer: Peer? = nil,
        diagnosticType: DiagnosticType = .own
    ) {
        self.kind = kind
        self.status = status
        self.text = text
        self.scope = scope
        self.peer = peer
        self.diagnosticType = diagnosticType
    }

    /// The outcome that a stored reason tells of; the peer's address is not stored.
    package init(_ kind: Kind, _ reason: DeliveryReason) {
        self.init(
            kind,
            status: reason.status,
            text: reason.text,
            peer: reason.remoteMTA.isEmpty ? nil : .remote(host: reason.remoteMTA, address: "", port: 0),
            diagnosticType: reason.diagnosticType
        )
    }

    /// The part that the queue file keeps.
    package var reason: DeliveryReason {
        DeliveryReason(status: status, text: text, remoteMTA: remoteHost, diagnosticType: diagnosticType)
    }

    /// The name of the remote host (Remote-MTA of RFC 3464); empty where there is none.
    package var remoteHost: String {
        if case .remote(let host, _, _) = peer { host } else { "" }
    }

    /// The `relay=` of the log, in Postfix' form: `local`, `mx.example.org[192.0.2.1]:25`, `none`.
    package var relay: String {
        switch peer {
        case nil: "none"
        case .local(let name): name
        case .remote(let host, let address, let port):
            (address.isEmpty ? host : "\(host)[\(address)]") + (port == 0 ? "" : ":\(port)")
        }
    }
}

extension Outcome {
    /// The records as they are sent to another daemon.
    package var wireBytes: [UInt8] {
        var writer = AttributeWriter(limit: nil)
        var copy = self
        // Without a limit there is nothing to throw for.
        try? copy.rows(&writer)
        return writer.bytes
    }

    /// Reads the records that another daemon sent.
    package init(wireBytes: [UInt8]) throws(EnvelopeError) {
        self.init(.deferred, status: "", text: "")
        var reader = AttributeReader(wireBytes[...], limit: nil)
        var hasKind = false
        while !reader.isAtEnd {
            try reader.next()
            if reader.number == Self.kindNumber { hasKind = true }
            try rows(&reader)
        }
        guard hasKind else { throw .malformed }
    }

    private static var kindNumber: UInt8 { 1 }

    /// The attributes, a row each; they are sent and never stored, and a reader skips the ones it does not know.
    private mutating func rows<Coder: AttributeCoder>(_ coder: inout Coder) throws(EnvelopeError) {
        try coder.choice(Self.kindNumber, "kind", &kind, unless: nil)
        try coder.text(2, "status", &status)
        try coder.text(3, "text", &text)
        try coder.choice(4, "scope", &scope, unless: .recipient)
        try coder.text(5, "diagnostic type", &diagnosticText)
        var parts = PeerParts(peer)
        try coder.integer(6, "peer kind", &parts.kind)
        try coder.text(7, "peer name", &parts.name)
        try coder.text(8, "peer address", &parts.address)
        try coder.integer(9, "peer port", &parts.port)
        peer = parts.peer
    }

    private var diagnosticText: String {
        get { diagnosticType.rawValue }
        set { diagnosticType = DiagnosticType(rawValue: newValue) ?? .own }
    }

    /// A peer as attributes; its kind comes first.
    private struct PeerParts {
        var kind: UInt8 = 0
        var name = ""
        var address = ""
        var port: UInt16 = 0

        init(_ peer: Peer?) {
            switch peer {
            case nil: break
            case .local(let name): (kind, self.name) = (1, name)
            case .remote(let host, let address, let port):
                (kind, name, self.address, self.port) = (2, host, address, port)
            }
        }

        var peer: Peer? {
            switch kind {
            case 1: .local(name)
            case 2: .remote(host: name, address: address, port: port)
            default: nil
            }
        }
    }
}
