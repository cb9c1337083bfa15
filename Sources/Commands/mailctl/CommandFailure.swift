// SPDX-License-Identifier: Apache-2.0

/// Why a command did not do what it was asked: what, and what can be done about it.
struct CommandFailure: Error, Equatable {
    /// What is wrong and why, without a full stop.
    let message: String
    /// What to do; empty where nobody can know.
    let advice: String
    /// The exit status: 1, or 3 where the instance does not run (as LSB has it for `status`).
    let status: Int32

    init(_ message: String, advice: String = "", status: Int32 = 1) {
        self.message = message
        self.advice = advice
        self.status = status
    }
}
