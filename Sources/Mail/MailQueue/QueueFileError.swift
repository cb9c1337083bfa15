// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
package import SystemPackage

/// Why a queue file cannot be written, read or changed.
package enum QueueFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system refused a step.
    case system(Step, Errno)
    /// The file was never committed: no header, or shorter than the header says. Nobody was told 250 for it.
    case incomplete
    /// The file was committed and is damaged.
    case corrupt(Damage)
    /// Written by a later version.
    case unsupportedVersion(UInt16)
    /// A value with a control character, or longer than a record may be; nothing was written.
    case invalidValue(field: String)
    /// More recipients, or a larger envelope, than the limits allow.
    case limitExceeded(String)
    /// The writer was committed or aborted before.
    case finished

    /// What was attempted.
    package enum Step: String, Sendable {
        case open, lock, read, write, mode, flush, flushDirectory, close, link, unlink, list
    }

    /// What does not fit in a damaged file.
    package enum Damage: String, Sendable {
        case header, layout, envelope, content, name
    }

    package var description: String {
        switch self {
        case .system(let step, let errno): "queue file \(step.rawValue): \(errno)"
        case .incomplete: "queue file is incomplete"
        case .corrupt(let damage): "queue file is damaged: \(damage.rawValue)"
        case .unsupportedVersion(let version): "queue file has format version \(version)"
        case .invalidValue(let field): "\(field) holds a control character or is too long"
        case .limitExceeded(let what): "too many or too large: \(what)"
        case .finished: "queue file is committed or aborted already"
        }
    }
}

/// Runs a system call and names the step that failed.
func attempt<Value: ~Copyable>(
    _ step: QueueFileError.Step,
    _ body: () throws(Errno) -> Value
) throws(QueueFileError) -> Value {
    do {
        return try body()
    } catch {
        throw QueueFileError.system(step, error)
    }
}

/// Runs the envelope's codec and translates its errors.
func coding<Value>(_ body: () throws(EnvelopeError) -> Value) throws(QueueFileError) -> Value {
    do throws(EnvelopeError) {
        return try body()
    } catch {
        switch error {
        case .invalidValue(let field): throw .invalidValue(field: field)
        case .limitExceeded(let what): throw .limitExceeded(what)
        case .malformed: throw .corrupt(.envelope)
        }
    }
}
