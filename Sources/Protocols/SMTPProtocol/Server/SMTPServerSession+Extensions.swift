// SPDX-License-Identifier: Apache-2.0

/// What the server offers at a moment, and the reply that says so.
extension SMTPServerSession {
    /// The extensions that hold at this moment.
    package var extensions: Set<SMTPExtension> {
        var set = Set(SMTPExtension.allCases).subtracting(configuration.discardedExtensions)
        if configuration.isVrfyDisabled { set.remove(.vrfy) }
        if !configuration.isEtrnEnabled { set.remove(.etrn) }
        if isTLS || configuration.tls == .off { set.remove(.startTLS) }
        if !isAuthOffered { set.remove(.auth) }
        return set
    }

    /// The mechanisms that this client may use at this moment.
    package var offeredMechanisms: [String] {
        isTLS
            ? configuration.mechanisms
            : configuration.mechanisms.filter { !configuration.mechanismsForTLSOnly.contains($0) }
    }

    var isAuthOffered: Bool {
        guard !offeredMechanisms.isEmpty else { return false }
        return isTLS || !configuration.isTLSRequiredForAuth && configuration.tls != .required
    }

    // ehlo-ok-rsp = ( "250-" Domain [ SP ehlo-greet ] CRLF *( "250-" ehlo-line CRLF ) "250" SP ehlo-line CRLF )
    func heloReply(_ command: HeloCommand) -> SMTPReply {
        guard command.isExtended else { return SMTPReply(250, nil, configuration.hostname) }
        var lines = [configuration.hostname]
        let active = extensions
        for name in SMTPExtension.allCases where active.contains(name) {
            switch name {
            case .size:
                lines.append(configuration.messageSizeLimit > 0 ? "SIZE \(configuration.messageSizeLimit)" : "SIZE")
            case .auth:
                let mechanisms = offeredMechanisms.joined(separator: " ")
                lines.append("AUTH \(mechanisms)")
                if configuration.announcesAuthTwice { lines.append("AUTH=\(mechanisms)") }
            default: lines.append(name.rawValue)
            }
        }
        return SMTPReply(250, nil, lines: lines)
    }
}

extension SMTPParserOptions {
    /// What a server with these settings parses.
    init(_ configuration: SMTPServerConfiguration) {
        var known = Set(SMTPExtension.allCases).subtracting(configuration.discardedExtensions)
        if configuration.mechanisms.isEmpty { known.remove(.auth) }
        self.init(
            extensions: known,
            requiresBrackets: configuration.requiresBrackets,
            isUTF8DeclarationRequired: configuration.isUTF8DeclarationRequired,
            responseLimit: configuration.responseLimit
        )
    }
}
