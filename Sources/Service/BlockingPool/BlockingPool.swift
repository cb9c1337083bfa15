// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import POSIX

/// The slots, the queue and the breaker of one source: the engine with threads and timers around it.
///
/// Each source has a pool of its own, so no source takes another's slots. A request ends at its deadline whatever its
/// thread does.
@Loop
package final class BlockingPool<Source: BlockingSource> {
    /// What a thread keeps: the connection, and the lifeline that its sockets hang on.
    private typealias Kept = (connection: Source.Connection?, lifeline: Lifeline)
    private typealias Result = Swift.Result<Source.Answer, BlockingFailure>

    private final class Slot {
        let thread = OwnThread<Kept>()
        var lifeline = Lifeline()
    }

    private struct Request {
        let question: Source.Question
        let deadline: Int64
        let promise: Promise<Result>
    }

    private let source: Source
    private let name: String
    private var engine: PoolEngine
    private var slots: [Slot]
    private var requests: [Int: Request] = [:]
    private var lastRequest = 0
    private var timer: Timer?
    private var timerDeadline = Int64.max
    /// What the source said when it last failed.
    private var lastFailure = ""
    /// Called when the breaker opens (true) and closes (false), with the last failure.
    package var changedReach: (@Loop (Bool, String) -> Void)?

    /// A pool for `source`; `name` stands in its errors.
    package init(_ source: Source, name: String, limits: PoolEngine.Limits = PoolEngine.Limits()) {
        self.source = source
        self.name = name
        engine = PoolEngine(limits)
        slots = (0..<limits.slots).map { _ in Slot() }
    }

    isolated deinit {
        for slot in slots {
            slot.lifeline.cut()
            slot.thread.end()
        }
    }

    /// Asks the source; the answer or an error comes within `timeLimit` nanoseconds.
    package func ask(_ question: Source.Question, timeLimit: Int64) async throws(BlockingFailure) -> Source.Answer {
        let now = Clock.monotonic
        lastRequest &+= 1
        let number = lastRequest
        let promise = Promise<Result>()
        requests[number] = Request(question: question, deadline: now &+ timeLimit, promise: promise)
        perform(engine.submit(number, deadline: now &+ timeLimit, now: now))
        return try await promise.get().get()
    }

    private func perform(_ actions: [PoolEngine.Action]) {
        for action in actions {
            switch action {
            case .run(let number, let slot): run(number, slot)
            case .refuse(let number, let refusal): fulfil(number, .failure(failure(refusal)))
            case .cut(let slot): slots[slot].lifeline.cut()
            }
        }
        armTimer()
    }

    private func fulfil(_ number: Int, _ result: Result) {
        requests.removeValue(forKey: number)?.promise.fulfil(result)
    }

    private func failure(_ refusal: PoolEngine.Refusal) -> BlockingFailure {
        let text =
            switch refusal {
            case .unavailable:
                "\(name) has failed lately and is asked again soon\(lastFailure.isEmpty ? "" : ": \(lastFailure)")"
            case .full: "too many requests wait for \(name)"
            case .late: "no connection to \(name) became free in time"
            case .timedOut: "\(name) has not answered in time"
            }
        return BlockingFailure(text, isOutOfReach: refusal != .full)
    }

    private func run(_ number: Int, _ slotNumber: Int) {
        guard let request = requests[number] else { return }
        let slot = slots[slotNumber]
        if slot.lifeline.isCut { slot.lifeline = Lifeline() }
        let lifeline = slot.lifeline
        let source = source
        let isRunning = slot.thread.submit { kept in
            // What hangs on a lifeline that was cut is of no use any more.
            var connection = kept.flatMap { $0.lifeline === lifeline ? $0.connection : nil }
            kept = nil
            let result = Swift.Result { () throws(BlockingFailure) in
                try source.answer(request.question, &connection, lifeline, deadline: request.deadline)
            }
            kept = (connection, lifeline)
            Loop.spawn { [weak self] in self?.finished(number, slotNumber, result) }
        }
        if !isRunning {
            finished(number, slotNumber, .failure(BlockingFailure("there is no thread to be had", isOutOfReach: false)))
        }
    }

    private func finished(_ number: Int, _ slot: Int, _ result: Result) {
        var outcome = PoolEngine.Outcome.answered
        if case .failure(let failure) = result, failure.isOutOfReach {
            outcome = .failed
            lastFailure = failure.description
        }
        fulfil(number, result)
        observingReach {
            perform(engine.finished(slot: slot, outcome, now: Clock.monotonic, chance: Double.random(in: 0..<1)))
        }
    }

    private func observingReach(_ body: () -> Void) {
        let before = engine.isUnavailable
        body()
        if engine.isUnavailable != before { changedReach?(engine.isUnavailable, lastFailure) }
    }

    private func armTimer() {
        guard let next = engine.nextDeadline else {
            timer?.cancel()
            timer = nil
            return
        }
        guard timer == nil || next < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = next
        timer = Loop.after(max(0, next &- Clock.monotonic)) { [weak self] in
            guard let self else { return }
            self.timer = nil
            self.observingReach {
                self.perform(self.engine.tick(now: Clock.monotonic, chance: Double.random(in: 0..<1)))
            }
            self.armTimer()
        }
    }
}
