// SPDX-License-Identifier: Apache-2.0
package import Logging

/// swift-log's handler in the form of Postfix' and Dovecot's lines: `relais/smtpd[pid]: warning: text`.
package struct MailLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let sink: LogSink
    private let program: String

    /// Lines of `program` (`relais/smtpd`) for `sink`.
    package init(sink: LogSink, program: String, level: Logger.Level = .info) {
        self.sink = sink
        self.program = program
        logLevel = level
    }

    /// Sends all loggers of this process to `sink`; once, at the start.
    package static func install(sink: LogSink, program: String, level: Logger.Level = .info) {
        LoggingSystem.bootstrap { _ in MailLogHandler(sink: sink, program: program, level: level) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let (severity, prefix) = Self.severity(event.level)
        sink.write(severity: severity, program: program, text: prefix + event.message.description)
    }

    private static func severity(_ level: Logger.Level) -> (Int, String) {
        switch level {
        case .trace, .debug: (7, "")
        case .info: (6, "")
        case .notice: (5, "")
        case .warning: (4, "warning: ")
        case .error: (3, "error: ")
        case .critical: (2, "fatal: ")
        }
    }
}
