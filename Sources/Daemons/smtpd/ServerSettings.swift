// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailConfiguration
internal import SMTPProtocol
internal import Service
internal import TLS

/// What smtpd reads from main.cf once, and the TLS key it opens while it may.
struct ServerSettings: Sendable {
    /// What the engine must know; the mechanisms are added when the auth service has named them.
    let engine: SMTPServerConfiguration
    let tls: TLSContext?
    /// TLS from the first byte on every port of this service (`smtpd_tls_wrappermode`).
    let isTLSFirst: Bool
    let timeout: Int64
    let startTLSTimeout: Int64
    let errorSleep: Int64
    let offersAuthentication: Bool
    let authPath: String
    let authService: String
    let securityOptions: Set<String>
    let tlsSecurityOptions: Set<String>
    let connectionLimit: Int
    let mailName: String

    init(_ start: StartUp) throws {
        let main = start.main
        isTLSFirst = main[TLSParameters.smtpdTLSWrappermode]
        tls = try Self.makeTLS(start, isTLSFirst)
        timeout = main[SMTPServerParameters.timeout].nanoseconds
        startTLSTimeout = main[SMTPServerParameters.starttlsTimeout].nanoseconds
        errorSleep = main[SMTPServerParameters.errorSleepTime].nanoseconds
        offersAuthentication = main[SMTPServerParameters.saslAuthEnable]
        authPath = start.queuePath(main[SMTPServerParameters.saslPath])
        authService = main[SMTPServerParameters.saslService]
        securityOptions = Set(main[SMTPServerParameters.saslSecurityOptions].map { $0.lowercased() })
        tlsSecurityOptions = Set(main[SMTPServerParameters.saslTLSSecurityOptions].map { $0.lowercased() })
        connectionLimit = main[SMTPServerParameters.clientConnectionCountLimit]
        mailName = main[GeneralParameters.mailName]
        engine = Self.makeEngine(main, hasTLS: tls != nil)
    }

    private static func makeEngine(_ main: MainConfiguration, hasTLS: Bool) -> SMTPServerConfiguration {
        var engine = SMTPServerConfiguration(
            hostname: main[GeneralParameters.myhostname],
            banner: main[SMTPServerParameters.banner]
        )
        engine.messageSizeLimit = main[GeneralParameters.messageSizeLimit]
        engine.recipientLimit = main[SMTPServerParameters.recipientLimit]
        engine.junkCommandLimit = main[SMTPServerParameters.junkCommandLimit]
        engine.softErrorLimit = main[SMTPServerParameters.softErrorLimit]
        engine.hardErrorLimit = main[SMTPServerParameters.hardErrorLimit]
        engine.isHeloRequired = main[SMTPServerParameters.heloRequired]
        engine.lineLimit = main[SMTPServerParameters.lineLengthLimit]
        engine.responseLimit = main[SMTPServerParameters.saslResponseLimit]
        engine.isVrfyDisabled = main[SMTPServerParameters.disableVrfyCommand]
        engine.requiresBrackets = main[SMTPServerParameters.strictRfc821Envelopes]
        engine.forbidsUnauthorizedPipelining = main[SMTPServerParameters.forbidUnauthPipelining]
        engine.isTLSRequiredForAuth = main[TLSParameters.smtpdTLSAuthOnly]
        engine.announcesAuthTwice = main[SMTPServerParameters.brokenSASLAuthClients]
        engine.bareNewline =
            BareNewlinePolicy(setting: main[SMTPServerParameters.forbidBareNewline].rawValue) ?? .normalize
        engine.bareNewlineRejectCode = UInt16(clamping: main[SMTPServerParameters.forbidBareNewlineRejectCode])
        let discarded = main[SMTPServerParameters.discardEHLOKeywords].map { $0.uppercased() }
        engine.discardedExtensions = Set(discarded.compactMap { SMTPExtension(rawValue: $0) })
        if !main[GeneralParameters.smtputf8Enable] { engine.discardedExtensions.insert(.smtpUTF8) }
        let names = { (list: [String]) in Set(list.filter { !$0.contains(":") }.map { $0.uppercased() }) }
        engine.forbiddenCommands = names(main[SMTPServerParameters.forbiddenCommands])
        engine.noopCommands = names(main[SMTPServerParameters.noopCommands])
        engine.tls = !hasTLS ? .off : level(main) == .encrypt ? .required : .offered
        return engine
    }

    /// `smtpd_tls_security_level`, or what the two old parameters say.
    private static func level(_ main: MainConfiguration) -> ServerTLSLevel {
        let level = main[TLSParameters.smtpdTLSSecurityLevel]
        guard level == .unset else { return level }
        if main[TLSParameters.smtpdEnforceTLS] { return .encrypt }
        return main[TLSParameters.smtpdUseTLS] ? .may : .none
    }

    private static func makeTLS(_ start: StartUp, _ isTLSFirst: Bool) throws -> TLSContext? {
        let main = start.main
        guard isTLSFirst || level(main) != .none else { return nil }
        let chain = main[TLSParameters.smtpdTLSChainFiles].first
        let certificate = chain ?? main[TLSParameters.smtpdTLSCertFile]
        let key = chain ?? main[TLSParameters.smtpdTLSKeyFile]
        guard !certificate.isEmpty, certificate != "none" else {
            guard isTLSFirst || level(main) == .encrypt else {
                start.log.warning("TLS is asked for, but smtpd_tls_cert_file is not set: STARTTLS is not offered")
                return nil
            }
            throw StartUpError("TLS is required, but smtpd_tls_cert_file is not set")
        }
        do {
            return try TLSContext.server(
                certificateFile: certificate,
                keyFile: key,
                service: start.serviceName,
                minimum: minimum(main[TLSParameters.smtpdTLSProtocols])
            )
        } catch {
            let names = chain == nil ? "smtpd_tls_key_file, smtpd_tls_cert_file" : "smtpd_tls_chain_files"
            throw StartUpError("\(names): no usable key and certificate: \(error)")
        }
    }

    /// The oldest version that `smtpd_tls_protocols` leaves: `>=TLSv1.2`, or the old form with `!`.
    private static func minimum(_ protocols: [String]) -> TLSVersion {
        for word in protocols where word.hasPrefix(">=") {
            return TLSVersion(rawValue: String(word.dropFirst(2))) ?? .tls12
        }
        let excluded = Set(protocols.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) })
        return TLSVersion.allCases.first { !excluded.contains($0.rawValue) } ?? .tls12
    }
}
