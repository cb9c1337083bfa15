// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import TestSupport
import Testing

/// Workers that take a new configuration without being replaced.
@Suite(.timeLimit(.minutes(5)))
struct ReloadInPlaceTests {
    private static let services = """
        one unix n - n - 1 echo-worker -- reload
        many unix n - n - 5 echo-worker -- reload limit=1
        old unix n - n - - echo-worker

        """

    @Test func `A worker that can takes it in place, with its sessions; others are replaced`() throws {
        let instance = try TestInstance(services: Self.services)
        #expect(try instance.start() == "ready\n")
        let one = try RawClient(path: instance.socket("public/one"))
        let many = try (0..<2).map { _ in try RawClient(path: instance.socket("public/many")) }
        let old = try RawClient(path: instance.socket("public/old"))
        let pids = try ([one] + many).map { try $0.ask("pid") }
        #expect(Set(pids).count == 3)
        let replaced = try old.ask("pid")
        for round in 1...3 {
            try instance.append("mail_name = round \(round)", to: "main.cf")
            instance.signal(SIGHUP)
            try instance.eventually("reloaded") { try instance.status()["reloads"] as? Int == round }
            for (client, pid) in zip([one] + many, pids) {
                // The session is the same one, and its process has the new configuration.
                try instance.eventually("taken in place") { try client.ask("name") == "round \(round)" }
                #expect(try client.ask("pid") == pid)
            }
            #expect(try old.ask("name") == "first")
        }
        #expect(try RawClient(path: instance.socket("public/one")).ask("pid") == pids[0])
        #expect(try RawClient(path: instance.socket("public/old")).ask("pid") != replaced)
        #expect(try RawClient(path: instance.socket("public/old")).ask("name") == "round 3")
    }

    @Test func `A worker that refuses, or whose line or rights have changed, is replaced`() throws {
        let instance = try TestInstance(services: Self.services)
        #expect(try instance.start() == "ready\n")
        func ask(_ question: String) throws -> String {
            try RawClient(path: instance.socket("public/one")).ask(question)
        }
        let first = try ask("pid")
        try instance.append("mail_name = refused", to: "main.cf")
        instance.signal(SIGHUP)
        try instance.eventually("its successor serves") { try ask("name") == "refused" }
        let second = try ask("pid")
        #expect(second != first)
        #expect(instance.log.contains("a new process takes the configuration over: told to refuse"))
        // Its line has another argument.
        try instance.write("master.cf", "one unix n - n - 1 echo-worker -- reload limit=7\n")
        try instance.append("mail_name = third", to: "main.cf")
        instance.signal(SIGHUP)
        try instance.eventually("its successor serves") { try ask("name") == "third" }
        let third = try ask("pid")
        #expect(third != second)
        // It logs elsewhere, which this process cannot open again.
        try instance.append("mail_name = fourth\nsyslog_name = other", to: "main.cf")
        instance.signal(SIGHUP)
        try instance.eventually("its successor serves") { try ask("name") == "fourth" }
        #expect(try ask("pid") != third)
    }

    @Test func `A broken configuration reaches no worker`() throws {
        let instance = try TestInstance(services: Self.services)
        #expect(try instance.start() == "ready\n")
        let client = try RawClient(path: instance.socket("public/one"))
        let pid = try client.ask("pid")
        try instance.append("mail_name = never\nmessage_size_limit = 5M", to: "main.cf")
        instance.signal(SIGHUP)
        try instance.eventually("it is refused") { instance.log.contains("reload refused") }
        #expect(try client.ask("pid") == pid)
        #expect(try client.ask("name") == "first")
    }
}
