// SPDX-License-Identifier: Apache-2.0
import InternalProtocols
import Testing

@testable import mailctl

@Suite struct OutputTests {
    @Test(arguments: [
        (0, "0"), (1023, "1023"), (1024, "1.0K"), (4200, "4.1K"), (102_400, "100K"), (20_971_520, "20M"),
        (1_048_575, "1023K"), (5 << 30, "5.0G"), (5000 << 30, "5000G"),
    ])
    func `Sizes are short`(bytes: Int, text: String) {
        #expect(Quantity.size(bytes) == text)
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m"), (3600, "1h 0m"), (11_520, "3h 12m"), (86_400, "1d 0h"), (-1, "0s"),
    ])
    func `Durations have two figures at the most`(seconds: Int, text: String) {
        #expect(Quantity.duration(seconds * 1_000_000_000) == text)
    }

    @Test func `Columns are aligned, and the last one is cut at the terminal's width`() {
        var table = TextTable([("NAME", .left), ("N", .right), ("TEXT", .left)])
        table.add(["a", "12", "short"])
        table.add(["longer", "3", "much longer than that"])
        #expect(
            table.lines(width: nil) == [
                "NAME     N  TEXT", "a       12  short", "longer   3  much longer than that",
            ]
        )
        #expect(table.lines(width: 20).last == "longer   3  much lo…")
    }

    @Test(arguments: [
        (["-c", "/x", "status"], "/x", ["status"]),
        (["-c/x", "status", "-c", "/y"], "/x", ["status", "-c", "/y"]),
        (["--config=/x", "queue"], "/x", ["queue"]),
        (["status", "-c", "/x"], nil, ["status", "-c", "/x"]),
        (["-c"], nil, ["-c"]),
        ([], nil, []),
    ])
    func `The configuration folder may stand before the command`(arguments: [String], folder: String?, rest: [String]) {
        let split = CommandLineOrder.split(arguments)
        #expect(split.folder == folder && split.rest == rest)
    }

    @Test func `A listing groups recipients by reason and ends with a summary`() {
        let entry = QueueEntry(
            queueID: "4jWcQ82RRWz8J7",
            state: "deferred",
            size: 371,
            arrival: 1_795_230_016_000_000_000,
            nextAttempt: 0,
            attempts: 2,
            sender: "",
            recipients: [
                QueueEntry.Recipient(address: "a@x.test", reason: "refused"),
                QueueEntry.Recipient(address: "b@x.test", reason: "no answer"),
                QueueEntry.Recipient(address: "c@x.test", reason: "refused"),
            ]
        )
        let lines = QueueListing([entry]).lines
        #expect(lines[1].hasSuffix("MAILER-DAEMON") && lines[1].contains("4jWcQ82RRWz8J7  deferred"))
        #expect(
            lines[2...].map { $0.drop { $0 == " " } } == [
                "(refused)", "a@x.test", "c@x.test", "(no answer)", "b@x.test",
                "tried 2 times, next as soon as possible", "", "371 bytes in 1 message: 1 deferred",
            ]
        )
        #expect(QueueListing([]).lines == ["The queue is empty."])
    }

    @Test func `A message is one JSON object with postqueue's names`() {
        let entry = QueueEntry(
            queueID: "ID",
            state: "hold",
            size: 1,
            arrival: 2_000_000_000,
            nextAttempt: 0,
            attempts: 0,
            sender: "a\"b\\c\u{1}@x",
            recipients: [QueueEntry.Recipient(address: "r@x", reason: "")]
        )
        #expect(
            QueueListing.json(entry).line
                == #"{"queue_name":"hold","queue_id":"ID","arrival_time":2,"message_size":1,"attempts":0,"next_attempt":0,"#
                + #""sender":"a\"b\\c\u0001@x","recipients":[{"address":"r@x"}]}"#
        )
    }

    @Test(arguments: [
        ("A: b\r\n\r\nbody\n", "A: b\r\n\r\n"), ("A: b\n\nbody", "A: b\n\n"), ("\nbody", "\n"), ("A: b", "A: b"),
        ("A: b\n \n\n\nx", "A: b\n \n\n"),
    ])
    func `The header ends with the first empty line, however the parts fall`(content: String, header: String) {
        let bytes = Array(content.utf8)
        for size in 1...bytes.count {
            var split = HeaderSplit()
            var found: [UInt8] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                found += part.prefix(split.headerBytes(in: part))
            }
            #expect(found == Array(header.utf8))
        }
    }
}
