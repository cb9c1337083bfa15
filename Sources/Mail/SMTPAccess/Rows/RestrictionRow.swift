// SPDX-License-Identifier: Apache-2.0

/// One row of the table of restrictions (postconf(5)): smtpd, `mailctl check` and everything else read the same row.
package struct RestrictionRow: Sendable {
    /// What stands behind the name in a list.
    package enum Argument: Equatable, Sendable {
        case none
        /// `type:name`.
        case table
        /// One word of another kind: a domain, a service.
        case word
    }

    /// What must be known for the restriction to decide anything.
    package enum Need: Equatable, Sendable {
        case nothing
        case helo
        case sender
        case recipient
    }

    typealias Make = @Sendable (inout RestrictionCompiler, String) throws(RestrictionError) -> any Restriction

    /// The name of the manual first, then older ones.
    package let names: [String]
    package let argument: Argument
    package let need: Need
    /// Whether a list with it keeps strangers from relaying.
    package let decidesRelaying: Bool
    let maker: Maker

    /// How the restriction comes about.
    enum Maker: Sendable {
        /// Of the settings alone, so that the result of a table may name it too.
        case simple(@Sendable (AccessSettings) -> any Restriction)
        /// With tables.
        case compiled(Make)
        /// Postfix has it, and relais does not.
        case missing
    }

    init(
        _ names: String...,
        argument: Argument = .none,
        need: Need = .nothing,
        _ maker: Maker
    ) {
        self.names = names
        self.argument = argument
        self.need = need
        decidesRelaying = false
        self.maker = maker
    }

    /// A row without arguments or tables.
    init(
        _ names: String...,
        need: Need = .nothing,
        decidesRelaying: Bool = false,
        _ restriction: @escaping @Sendable (AccessSettings) -> any Restriction
    ) {
        self.names = names
        argument = .none
        self.need = need
        self.decidesRelaying = decidesRelaying
        maker = .simple(restriction)
    }

    package var name: String { names.first ?? "" }

    /// Whether relais has it.
    package var isBuilt: Bool {
        if case .missing = maker { false } else { true }
    }

    /// Whether passing it over only means that less is permitted.
    package var onlyPermits: Bool { name.hasPrefix("permit_") }

    /// The stages at which the restriction can decide something when lists are judged at their own stage.
    package var stages: [AccessStage] {
        AccessStage.allCases.filter { stage in
            switch need {
            case .nothing: true
            case .helo: stage != .connect
            case .sender: ![.connect, .helo, .etrn].contains(stage)
            case .recipient: ![.connect, .helo, .mail, .etrn].contains(stage)
            }
        }
    }
}

/// Why a restriction cannot be used: one sentence, and what was probably meant.
package struct RestrictionError: Error, Equatable, Sendable, CustomStringConvertible {
    package let message: String
    package let suggestion: String?

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    package var description: String { suggestion.map { "\(message); did you mean \"\($0)\"?" } ?? message }
}
