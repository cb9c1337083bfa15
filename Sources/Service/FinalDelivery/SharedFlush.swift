// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailStore

/// Has deliveries that end within a few milliseconds flushed together (Documentation/Decisions/0014).
///
/// One commit of a journal makes all of them durable, and it is often one that somebody else waits for: the queue, which
/// takes the next message meanwhile. A verdict is given only after the flush, as ever.
@Loop
final class SharedFlush {
    typealias Flush = @Sendable () throws(DeliveryFailure) -> Void

    /// How long the first one waits for others, nanoseconds.
    private static let patience: Int64 = 4_000_000
    /// So many do not wait any longer.
    private static let enough = 64
    /// Flushes that one thread does, one after another.
    private static let part = 2

    private struct Owed {
        let flush: Flush
        let outcome: Promise<Result<Void, DeliveryFailure>>
    }

    private var owed: [Owed] = []
    private var timer: Timer?
    private var isFlushing = false
    private var partsUnderWay = 0

    /// Returns when what `flush` flushes is on the disk.
    ///
    /// - Throws: What `flush` throws, in an offloaded thread.
    func carryOut(_ flush: @escaping Flush) async throws(DeliveryFailure) {
        let outcome = Promise<Result<Void, DeliveryFailure>>()
        owed.append(Owed(flush: flush, outcome: outcome))
        if !isFlushing {
            if owed.count >= Self.enough {
                begin()
            } else if timer == nil {
                timer = Loop.after(Self.patience) { [self] in begin() }
            }
        }
        try await outcome.get().get()
    }

    private func begin() {
        timer?.cancel()
        timer = nil
        isFlushing = true
        Loop.spawn { [self] in
            // What came during a flush has waited long enough.
            while !owed.isEmpty {
                let batch = owed
                owed = []
                await flush(batch)
            }
            isFlushing = false
        }
    }

    /// A few in one thread, many in several: each waits for the writes of its own file, the journal is committed for all.
    private func flush(_ batch: [Owed]) async {
        let starts = Array(stride(from: 0, to: batch.count, by: Self.part))
        partsUnderWay = starts.count
        let ended = Promise<Void>()
        for start in starts {
            let part = batch[start..<min(start + Self.part, batch.count)]
            Loop.spawn { [self] in
                let flushes = part.map(\.flush)
                let outcomes = await offload {
                    flushes.map { flush in Result { () throws(DeliveryFailure) in try flush() } }
                }
                for (one, outcome) in zip(part, outcomes) { one.outcome.fulfil(outcome) }
                partsUnderWay -= 1
                if partsUnderWay == 0 { ended.fulfil(()) }
            }
        }
        await ended.get()
    }
}
