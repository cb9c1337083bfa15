// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LookupTables

@Suite("Tables as daemons ask them")
struct TableListTests {
    // MARK: Change

    @Test(arguments: ["texthash", "hash", "lmdb"])
    func `a new entry is known at once, a changed one within a second`(type: String) async throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k old\n")
        func build() throws {
            if type != "texthash" { _ = try TableBuilder().build(specification: "\(type):\(source)") }
        }
        try build()
        let list = try TableList("\(type):\(source)")
        #expect(try await list.lookup("k") == "old")
        #expect(try await list.lookup("l") == nil)
        try folder.write("map", "k new\nl more\n")
        try build()
        // The answer "not found" may be as old as the last look at the file.
        try await waiting(until: "the new entry is known", seconds: 120) { try await list.lookup("l") == "more" }
        #expect(try await list.lookup("k") == "new")
        try folder.write("map", "k newer\nl more\n")
        try build()
        try await waiting(until: "the change is known", seconds: 120) { try await list.lookup("k") == "newer" }
        #expect(!list.needsNewProcess)
    }

    @Test func `a key that is not found has the files looked at`() async throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k old\n")
        let table = try SwappedTable(
            "texthash:\(source)",
            opener: TableOpener(),
            standsInWhenUnavailable: true,
            report: { _ in }
        )
        try folder.write("map", "l new\n")
        _ = try await blocking { usleep(50_000) }
        #expect(try await table.lookup("l") == "new")
        #expect(try await table.lookup("k") == nil)
    }

    @Test func `patterns are swapped too, also inside of others`() async throws {
        let folder = TemporaryFolder()
        let rules = try folder.write("rules", "/^a/ one\n")
        let list = try TableList("unionmap:{regexp:\(rules), inline:{z=last}}")
        #expect(try await list.lookup("abc") == "one")
        try folder.write("rules", "/^a/ two\n")
        await list.look()
        #expect(try await list.lookup("abc") == "two")
        #expect(try await list.lookup("abc", isPart: true) == nil)
    }

    @Test func `a file that is gone or broken leaves the old content, and says so once`() async throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k v\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let notices = Mutex<[TableNotice]>([])
        var pool = TablePool { notice in notices.withLock { $0.append(notice) } }
        let list = try pool.open("hash:\(source)", for: TableUse("test_maps"))
        #expect(try await list.lookup("k") == "v")
        try folder.write("map.lmdb", "garbage")
        for _ in 0..<3 { await list.look() }
        #expect(try await list.lookup("k") == "v")
        #expect(notices.withLock { $0.count } == 1)
        #expect(!list.needsNewProcess)
        try folder.write("map", "k w\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        await list.look()
        #expect(try await list.lookup("k") == "w")
    }

    @Test func `a missing file fails its lookups until it is there`() async throws {
        let folder = TemporaryFolder()
        var pool = TablePool()
        let list = try pool.open("texthash:\(folder.path)/map", for: TableUse("test_maps"))
        #expect(pool.notices.count == 1)
        await #expect(throws: LookupError.self) { try await list.lookup("k") }
        try folder.write("map", "k v\n")
        await list.look()
        #expect(try await list.lookup("k") == "v")
        var check = TablePool(unavailable: .isAnError)
        #expect(throws: TableConfigurationError.self) {
            try check.open("texthash:\(folder.path)/missing", for: TableUse("test_maps"))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "becomes another user"))
    func `a changed file that this process may not open keeps its content and wants a new process`() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let source = try folder.write("map", "k old\n")
            chmod(folder.path, 0o755)
            let list = try TableList("texthash:\(source)")
            try folder.write("map", "k newer\n")
            chmod(source, 0o600)
            guard setgid(65534) == 0, setuid(65534) == 0 else { exit(2) }
            for _ in 0..<2 { await list.look() }
            guard try await list.lookup("k") == "old", list.needsNewProcess else { exit(3) }
            exit(0)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "becomes another user"))
    func `a file that this process never could open is not worth a new one until it changes`() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let source = try folder.write("map", "k old\n")
            chmod(source, 0o600)
            chmod(folder.path, 0o755)
            guard setgid(65534) == 0, setuid(65534) == 0 else { exit(2) }
            var pool = TablePool()
            let list = try pool.open("texthash:\(source)", for: TableUse("test_maps"))
            await list.look()
            guard (try? await list.lookup("k")) == nil, !list.needsNewProcess else { exit(3) }
            exit(0)
        }
    }

    @Test func `one lookup among many reads a changed file`() async throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", (0..<2_000).map { "k\($0) old\n" }.joined())
        let list = try TableList("texthash:\(source)")
        try folder.write("map", (0..<2_000).map { "k\($0) new\n" }.joined() + "fresh yes\n")
        let answers = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await list.look()
                    return try? await list.lookup("fresh")
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "yes", count: 20))
    }

    // MARK: Tables that wait

    /// A name service that answers when the test lets it.
    private final class HangingTable: LookupTable {
        let specification = "unix:hanging"
        let begun = Mutex(0)
        private let gate = DispatchSemaphore(value: 0)

        func lookup(_ key: String) throws(LookupError) -> String? {
            begun.withLock { $0 += 1 }
            gate.wait()
            return "late"
        }

        func open() { for _ in 0..<64 { gate.signal() } }
    }

    @Test func `when all threads hang the next lookup ends at its deadline, and tables in place go on`() async throws {
        let table = HangingTable()
        defer { table.open() }
        let threads = DeadlineThreads(limit: 4, patience: 300_000_000)
        let list = TableList([.blocking(table, threads)], for: TableUse("local_recipient_maps"))
        let inPlace = try TableList("inline:{k=v}")
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<5 {
                group.addTask {
                    do {
                        _ = try await list.lookup("user\(number)")
                        return false
                    } catch {
                        return "\(error)".contains("no answer within 0.3 seconds")
                    }
                }
            }
            group.addTask { (try? await inPlace.lookup("k")) == "v" }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 6)
        // The fifth has never begun.
        #expect(table.begun.withLock { $0 } == 4)
        // And one more, while the four still hang.
        await #expect(throws: LookupError.self) { try await list.lookup("user6") }
        #expect(try await inPlace.lookup("k") == "v")
    }

    @Test func `threads that have come back answer again`() async throws {
        let table = HangingTable()
        let threads = DeadlineThreads(limit: 2, patience: 100_000_000)
        let list = TableList([.blocking(table, threads)], for: TableUse("test_maps"))
        for _ in 0..<3 { await #expect(throws: LookupError.self) { try await list.lookup("k") } }
        table.open()
        try await waiting(until: "an answer", seconds: 120) { (try? await list.lookup("k")) == "late" }
    }

    @Test func `more callers than may wait are refused at once`() async throws {
        let table = HangingTable()
        let threads = DeadlineThreads(limit: 1, patience: 600_000_000_000, waitingLimit: 2)
        let list = TableList([.blocking(table, threads)], for: TableUse("test_maps"))
        let answers = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { try? await list.lookup("k") } }
            var refused: [String?] = []
            while refused.count < 6, let answer = await group.next() { refused.append(answer) }
            table.open()
            return await group.reduce(into: refused) { $0.append($1) }
        }
        #expect(answers.filter { $0 == nil }.count == 6)
        #expect(answers.filter { $0 == "late" }.count == 2)
    }

    @Test func `many calls on few threads all answer`() async {
        let threads = DeadlineThreads(limit: 4, patience: 600_000_000_000)
        let sum = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<2_000 { group.addTask { await threads.run { number } } }
            return await group.reduce(into: 0) { $0 += $1 ?? 0 }
        }
        #expect(sum == 1_999_000)
    }

    @Test func `accounts are asked on threads`() async throws {
        let list = try TableList("proxy:unix:passwd.byname")
        #expect(try await list.lookup("root")?.hasPrefix("root:") == true)
        #expect(try await list.lookup("no-such-user-here") == nil)
    }

    // MARK: Tables of another process

    private struct Directory: RemoteTables {
        func serves(_ type: String) -> Bool { TableType.remote.contains(type) }

        func lookup(
            type: String,
            path: String,
            key: String,
            deadline: Duration
        ) async throws(LookupError) -> String? {
            guard key != "down" else { throw LookupError(table: "\(type):\(path)", reason: "down") }
            return key == "known" ? "\(type) \(path) \(deadline > .zero)" : nil
        }
    }

    @Test(
        arguments: [
            ("ldap:/etc/l.cf", "known", "ldap /etc/l.cf true"),
            ("proxy:pgsql:/etc/p.cf", "known", "pgsql /etc/p.cf true"),
            ("tcp:[::1]:99", "known", "tcp [::1]:99 true"), ("ldap:/etc/l.cf", "unknown", nil),
            ("ldap:/etc/l.cf", "known\n", nil), ("unionmap:{static:1, mysql:x}", "known", "1,mysql x true"),
            ("pipemap:{inline:{k=known}, sqlite:x}", "k", "sqlite x true"),
            ("pipemap:{ldap:x, inline:{{ldap x true = end}}}", "known", "end"),
        ] as [(String, String, String?)]
    )
    func `another process is asked where there is a way to it`(
        specification: String,
        key: String,
        answer: String?
    ) async throws {
        var pool = TablePool(remote: Directory())
        let list = try pool.open(specification, for: TableUse("test_maps"))
        #expect(try await list.lookup(key) == answer)
    }

    @Test func `without a way to it such a table is an error, and its failure is no answer`() async throws {
        var pool = TablePool()
        for specification in ["ldap:x", "proxy:mysql:x", "unionmap:{static:1 memcache:x}"] {
            let error = #expect(throws: TableConfigurationError.self) {
                try pool.open(specification, for: TableUse("virtual_alias_maps"))
            }
            #expect(error?.parameter == "virtual_alias_maps")
        }
        var reaching = TablePool(remote: Directory())
        let list = try reaching.list(["ldap:x", "static:never"], for: TableUse("test_maps"))
        await #expect(throws: LookupError.self) { try await list.lookup("down") }
        #expect(try await list.lookup("other") == "never")
    }

    // MARK: Uses

    @Test(
        arguments: [
            ("regexp:{{/(.*)/ $1}}", TableUse.Result.path, false), ("regexp:{{/(.*)/ x}}", .path, true),
            ("regexp:{{/(.*)/ x}{/a(b)/ ${1}}}", .number, false), ("regexp:{{/(.*)/ $1:}}", .transport, false),
            ("regexp:{{/(.*)/ $1@x}}", .addresses, true), ("regexp:{{/(.*)/ $1}}", .text, true),
            ("unionmap:{regexp:{{/(.*)/ $1}}}", .path, false), ("static:12", .number, true),
            ("static:1x", .number, false), ("static:99999999999", .number, false), ("inline:{k=x}", .number, true),
        ]
    )
    func `a table that its use does not permit is an error that names the parameter`(
        specification: String,
        result: TableUse.Result,
        isPermitted: Bool
    ) throws {
        var pool = TablePool()
        guard !isPermitted else {
            #expect(throws: Never.self) { try pool.open(specification, for: TableUse("some_maps", result)) }
            return
        }
        let error = #expect(throws: TableConfigurationError.self) {
            try pool.open(specification, for: TableUse("some_maps", result))
        }
        #expect(error?.parameter == "some_maps")
    }

    @Test(
        arguments: [
            ("info-q", "list-q@x.example"), ("info-a.b+c=d", "list-a.b+c=d@x.example"), ("info-", "list-@x.example"),
            ("info-q,r", nil), ("info-q r", nil), ("info-q@y", nil), ("info-|q", nil), ("info-/q", nil),
            ("info-:include:x", nil), ("info-\u{1}", nil), ("info-\"q", nil), ("info-\\q", nil), ("info-(q", nil),
            ("info-<q", nil), ("info-q;", nil), ("info-q\t", nil), ("info-\u{FC}", "list-\u{FC}@x.example"),
        ] as [(String, String?)]
    )
    func `only what cannot end an address is put into one`(key: String, answer: String?) async throws {
        var pool = TablePool()
        let list = try pool.open(
            "regexp:{{/^info-([^$]*)$/ list-$1@x.example}}",
            for: TableUse("virtual_alias_maps", .addresses)
        )
        #expect(try await list.lookup(key) == answer)
    }

    @Test func `a text that is no number is a failure of its table`() async throws {
        var pool = TablePool()
        let list = try pool.open("inline:{a=100, b=x, c=-1}", for: TableUse("virtual_uid_maps", .number))
        #expect(try await list.lookup("a") == "100")
        for key in ["b", "c"] { await #expect(throws: LookupError.self) { try await list.lookup(key) } }
    }

    @Test func `a use without parts asks for whole names only, and may keep the case`() async throws {
        let list = try TableList("inline:{k=v, K=w}", for: TableUse("x", asksForParts: false, foldsKeys: false))
        #expect(try await list.lookup("k") == "v")
        #expect(try await list.lookup("K") == "w")
        #expect(try await list.lookup("k", isPart: true) == nil)
    }

    @Test func `tables that several parameters name are opened once for each kind of use`() throws {
        var pool = TablePool()
        let regexp = "regexp:{{/(.*)/ $1}}"
        _ = try pool.open("static:1", for: TableUse("a_maps"))
        _ = try pool.open("static:1", for: TableUse("b_maps", .number))
        _ = try pool.open(regexp, for: TableUse("a_maps"))
        _ = try pool.open(regexp, for: TableUse("c_maps", .addresses))
        #expect(pool.all.specifications == [regexp, regexp, "static:1"])
    }
}
