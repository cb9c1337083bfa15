// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// What `--check` prints in place of log lines: a diagnostic a line on standard output, `file:line: error: text`, or
/// `error: text` where nothing is known of the place.
struct CheckLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning
    private let places: [String: (file: String, line: Int)]

    /// A handler that knows where the settings of both files stand.
    init(_ main: MainConfiguration?, _ dovecot: DovecotConfiguration?) {
        var places: [String: (file: String, line: Int)] = [:]
        for (name, value) in dovecot?.root.values ?? [:] where value.place.file != DovecotDefaults.file {
            places[name] = (value.place.file, value.place.line)
        }
        for (name, setting) in main?.settings ?? [:] { places[name] = (setting.file, setting.line) }
        self.places = places
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let text = "\(event.message)"
        switch event.level {
        case .trace, .debug, .info, .notice: return
        case .warning: report(.warning, text)
        case .error, .critical: report(.error, text)
        }
    }

    /// Prints one finding.
    func report(_ severity: Diagnostic.Severity, _ text: String) {
        // Some messages are diagnostics already.
        guard !text.contains(": \(severity.rawValue): ") else { return Self.line(text) }
        guard let place = place(of: text) else { return Self.line("\(severity.rawValue): \(text)") }
        Self.line(Diagnostic(severity, file: place.file, line: place.line, text).description)
    }

    /// The place of the first setting that a message names.
    private func place(of text: String) -> (file: String, line: Int)? {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return words.lazy.compactMap { word in word.contains("_") || word == words.first ? places[String(word)] : nil }
            .first
    }

    private static func line(_ text: String) {
        let clean = text.map { $0.isNewline ? " " : $0 }
        writeStandardOutput(String(clean) + "\n")
    }
}
