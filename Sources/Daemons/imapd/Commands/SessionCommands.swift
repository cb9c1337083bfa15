// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol

/// CAPABILITY (RFC 3501 section 6.1.1).
@Loop
enum CapabilityCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.capability(IMAPService.capabilities)
        return Completion("Capability completed.")
    }
}

/// NOOP (RFC 3501 section 6.1.2): the client asks what is new.
@Loop
enum NoopCommand: Command {
    static let telling = Telling.everything

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        Completion("NOOP completed.")
    }
}

/// CHECK (RFC 3501 section 6.4.1): everything is durable already.
@Loop
enum CheckCommand: Command {
    static let telling = Telling.everything

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        Completion("Check completed.")
    }
}

/// LOGOUT (RFC 3501 section 6.1.3).
@Loop
enum LogoutCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.untagged(.bye, text: "Logging out")
        session.end("Logged out")
        return Completion("Logout completed.")
    }
}

/// ID (RFC 2971).
@Loop
enum IDCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.id([IDField("name", "relais")])
        return Completion("ID completed.")
    }
}

/// ENABLE (RFC 5161): nothing of ours changes by being enabled, so the list is empty.
@Loop
enum EnableCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.enabled([])
        return Completion("Enabled.")
    }
}

/// NAMESPACE (RFC 2342).
@Loop
enum NamespaceCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.writer.namespace(
            personal: [NamespaceDescription(prefix: session.service.names.prefix, separator: session.separator)]
        )
        return Completion("Namespace completed.")
    }
}
