// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import LDAPDirectory
internal import Logging
internal import Service

/// The running service: a pool for each table, and the questions of all daemons.
@Loop
final class ProxymapService {
    /// Questions of one connection at once; each source bounds its own besides.
    private static let questionLimit = 2000

    private enum Table {
        case ready(LDAPDirectory, BlockingPool<LDAPDirectory>)
        case broken(String)
    }

    private let worker: Worker
    private let tables: [ProxiedTable]
    private var pools: [String: Table] = [:]

    init(_ tables: [ProxiedTable], _ worker: Worker) {
        self.tables = tables
        self.worker = worker
        for table in tables {
            switch table.state {
            case .failure(let failure): pools[table.specification] = .broken(failure.description)
            case .success(let directory): pools[table.specification] = .ready(directory, pool(directory, table))
            }
        }
    }

    private func pool(_ directory: LDAPDirectory, _ table: ProxiedTable) -> BlockingPool<LDAPDirectory> {
        let pool = BlockingPool(directory, name: "the directory")
        let log = worker.start.log
        let name = table.specification
        pool.changedReach = { isLost, reason in
            if isLost {
                log.warning("\(name): out of reach, answered with temporary errors for now: \(reason)")
            } else {
                log.info("\(name): answers again")
            }
        }
        return pool
    }

    /// Answers the questions of one connection, each as soon as its answer is there.
    func converse(_ frames: FrameConnection) async throws {
        var underWay = 0
        while let frame = try await frames.receive() {
            let question = try frame.decode(TableQuestion.self)
            guard underWay < Self.questionLimit else {
                frames.send(TableAnswer(request: question.request, result: .failed("too many questions at once")))
                continue
            }
            underWay += 1
            worker.workBegins()
            Loop.spawn { [self] in
                let result = await answer(question)
                frames.send(TableAnswer(request: question.request, result: result))
                underWay -= 1
                worker.workEnds()
            }
        }
    }

    private func answer(_ question: TableQuestion) async -> TableAnswer.Result {
        let specification = PermittedTables.normal(question.specification)
        guard let table = pools[specification] else {
            worker.start.log.warning("refused: \(specification.prefix(200)) is not in the configuration")
            return .failed("the table is not in the configuration")
        }
        switch table {
        case .broken(let reason): return .failed(reason)
        case .ready(let directory, let pool):
            guard let query = directory.query(question.key) else { return .notFound }
            let wanted = Int64.milliseconds(max(0, question.timeLimit))
            do throws(BlockingFailure) {
                let value = try await pool.ask(query, timeLimit: min(wanted, directory.timeLimit))
                return value.map { .found($0) } ?? .notFound
            } catch {
                if !error.isOutOfReach { worker.start.log.warning("\(specification): \(error)") }
                return .failed(error.description)
            }
        }
    }

    /// Looks every few seconds whether a table's files have changed, and leaves for a new worker that reads them with the
    /// rights of the start.
    func watchFiles() {
        Loop.after(.seconds(5)) { [self] in
            guard !worker.isRetiring else { return }
            guard let changed = tables.flatMap(\.files).first(where: { $0.hasChanged }) else { return watchFiles() }
            worker.start.log.info("\(changed.path) has changed -- restarting")
            worker.retire()
        }
    }
}
