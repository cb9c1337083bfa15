// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import MailStore
import TestSupport
import Testing

@testable import imapd

@Suite("Sessions that meet on a mailbox")
struct MailboxHubTests {
    @Loop
    private final class Meeting {
        let maildir = TestMaildir()
        /// As a daemon has it: one for all, as long as the loop runs.
        private static let shared = MailboxHub()
        let hub = Meeting.shared
        let mailbox: Mailbox
        let view: MailboxView

        init() throws {
            (mailbox, view) = try maildir.inbox([])
        }

        func join() -> SelectedMailbox {
            let entry = hub.observe(mailbox)
            return hub.join(entry, events: entry.events, name: "INBOX", mailbox: mailbox, view: view)
        }

        /// Puts so many files into the mailbox, as another program would.
        func deliver(_ numbers: Range<Int>) throws {
            for number in numbers {
                try Data("\n".utf8).write(to: URL(fileURLWithPath: maildir.path + "/new/\(1_600_000_000 + number).x"))
            }
        }

        /// Lets the loop read what the kernel tells.
        func settle() async {
            await offload { Thread.sleep(forTimeInterval: 0.05) }
        }
    }

    @Test func `A large change is told once, and what comes during and after it is not lost`() async throws {
        try await onLoop {
            let meeting = try Meeting()
            let one = meeting.join()
            let two = meeting.join()
            #expect(one.shared.isWatched)
            let events = one.shared.events
            var during = true
            try await meeting.hub.changing([meeting.mailbox], messages: 1000) {
                try meeting.deliver(0..<100)
                await meeting.settle()
                during = one.shared.isWatched || one.hasChanged
            }
            #expect(!during)
            #expect(one.hasChanged && two.hasChanged)
            #expect(one.shared.events == events + 1)
            #expect(one.shared.isWatched)
            one.hasChanged = false
            try meeting.deliver(100..<101)
            await meeting.settle()
            #expect(one.hasChanged)
        }
    }

    @Test func `Of two large changes at a time the last one to end has the kernel tell again`() async throws {
        try await onLoop {
            let meeting = try Meeting()
            let one = meeting.join()
            await meeting.hub.changing([meeting.mailbox], messages: 1000) {
                await meeting.hub.changing([meeting.mailbox], messages: 1000) {}
                #expect(!one.shared.isWatched)
                // A session that comes meanwhile looks by itself until then.
                #expect(meeting.join().shared === one.shared && !one.shared.isWatched)
            }
            #expect(one.shared.isWatched)
        }
    }

    @Test func `A small change, and one that fails, leave the mailbox watched`() async throws {
        struct Failure: Error {}
        try await onLoop {
            let meeting = try Meeting()
            let one = meeting.join()
            await meeting.hub.changing([meeting.mailbox], messages: 1) {
                await meeting.settle()
                #expect(one.shared.isWatched)
            }
            await #expect(throws: Failure.self) {
                try await meeting.hub.changing([meeting.mailbox], messages: 1000) { throw Failure() }
            }
            #expect(one.shared.isWatched && one.hasChanged)
        }
    }
}
