// SPDX-License-Identifier: Apache-2.0
internal import EventLoop

/// Runs a command's conversation on the event loop and waits for its end; once in a process.
func onLoop<Value: Sendable>(_ body: @escaping @Loop @Sendable () async throws -> Value) throws -> Value {
    let result = Loop.run { Promised<Value>() }
    Loop.spawn {
        do {
            result.value = .success(try await body())
        } catch {
            result.value = .failure(error)
        }
        EventLoop.shared.stop()
    }
    EventLoop.shared.run()
    let value = Loop.run { result.value }
    guard let value else { throw CommandFailure("the conversation ended without a result") }
    return try value.get()
}

/// Where a conversation leaves its result.
@Loop
private final class Promised<Value: Sendable> {
    var value: Result<Value, any Error>?
}
