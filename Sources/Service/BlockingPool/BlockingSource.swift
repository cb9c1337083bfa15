// SPDX-License-Identifier: Apache-2.0

/// Something that is asked by a library which blocks: a directory, a database, PAM.
package protocol BlockingSource: Sendable {
    /// What one thread keeps between requests; it never leaves that thread.
    associatedtype Connection
    associatedtype Question: Sendable
    associatedtype Answer: Sendable

    /// Asks; called on a thread of the pool, may take as long as it likes.
    ///
    /// Every socket that is waited for is given to the lifeline first: at the deadline it is shut down, and the wait
    /// must end by that.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - connection: What the last request in this thread left; nil at first and after a request that was given up.
    ///   - lifeline: Where sockets are announced.
    ///   - deadline: When nobody waits for the answer any more (the monotonic clock).
    /// - Returns: The answer.
    /// - Throws: Why there is none.
    func answer(
        _ question: Question,
        _ connection: inout Connection?,
        _ lifeline: Lifeline,
        deadline: Int64
    ) throws(BlockingFailure) -> Answer
}

/// Why a source has no answer.
package struct BlockingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for the log.
    package let description: String
    /// Whether the source was out of reach, which counts for its breaker; a question that it refuses does not.
    package let isOutOfReach: Bool

    package init(_ description: String, isOutOfReach: Bool) {
        self.description = description
        self.isOutOfReach = isOutOfReach
    }
}
