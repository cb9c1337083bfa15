// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import POSIX
import TestSupport
import Testing

@testable import Logs

@Suite struct LogSinkTests {
    @Test func `A line is time, host, program, process and text`() throws {
        let folder = TemporaryFolder()
        let sink = try LogSink(.file(folder["log"]))
        sink.write(severity: 6, program: "relais/smtpd", text: "connect from unknown[192.0.2.1]")
        let host = hostName().prefix { $0 != "." }
        let line = folder.text("log")
        #expect(line.contains(#/^[A-Z][a-z]{2} [ 1-3][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} /#))
        #expect(line.hasSuffix(" \(host) relais/smtpd[\(getpid())]: connect from unknown[192.0.2.1]\n"))
    }

    @Test(arguments: [
        ("two\nlines", "two?lines"), ("a\r\nb", "a??b"), ("\u{1b}[31mred", "?[31mred"), ("nul\0", "nul?"),
        ("\u{7f}", "?"), ("tab\there", "tab?here"), ("grüße", "grüße"), ("", ""),
    ])
    func `Whatever is logged, it is one line without control characters`(text: String, shown: String) throws {
        let folder = TemporaryFolder()
        try LogSink(.file(folder["log"])).write(severity: 6, program: "p", text: text)
        let lines = folder.text("log").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 && lines[1].isEmpty)
        #expect(lines[0].hasSuffix("p[\(getpid())]: \(shown)"))
    }

    @Test func `A very long text is cut`() throws {
        let folder = TemporaryFolder()
        try LogSink(.file(folder["log"])).write(severity: 6, program: "p", text: String(repeating: "x", count: 1 << 20))
        #expect(folder.read("log").count < 4300)
    }

    @Test func `A file that is there is continued, a new one is not for everybody's eyes`() throws {
        let folder = TemporaryFolder()
        try folder.write("log", "before\n")
        try LogSink(.file(folder["log"])).write(severity: 6, program: "p", text: "after")
        #expect(folder.text("log").hasPrefix("before\n"))
        try LogSink(.file(folder["new"])).write(severity: 6, program: "p", text: "x")
        #expect(try fileStatus(folder["new"]).mode & 0o007 == 0)
    }

    @Test func `A file that cannot be opened is an error`() {
        #expect(throws: (any Error).self) { _ = try LogSink(.file("/nonexistent/log")) }
    }

    @Test func `Lines of many threads do not run into each other`() async throws {
        let folder = TemporaryFolder()
        let sink = try LogSink(.file(folder["log"]))
        await withTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        sink.write(severity: 6, program: "p", text: String(repeating: "\(number)", count: 80))
                    }
                }
            }
        }
        let lines = folder.text("log").split(separator: "\n")
        #expect(lines.count == 1600)
        #expect(lines.allSatisfy { Set($0.suffix(80)).count == 1 })
    }

    @Test(arguments: [
        (Logger.Level.info, ""), (.notice, ""), (.warning, "warning: "), (.error, "error: "), (.critical, "fatal: "),
    ])
    func `A level from warning on is written before the text`(level: Logger.Level, prefix: String) throws {
        let folder = TemporaryFolder()
        let sink = try LogSink(.file(folder["log"]))
        let logger = Logger(label: "x") { _ in MailLogHandler(sink: sink, program: "relais/x") }
        logger.log(level: level, "text")
        logger.debug("not shown")
        #expect(folder.text("log").hasSuffix("relais/x[\(getpid())]: \(prefix)text\n"))
        #expect(folder.text("log").split(separator: "\n").count == 1)
    }
}
