// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailAddress
internal import MailRouting

/// What restrictions may look at: the session and its transaction so far.
///
/// What has to be looked up is asked when the first restriction wants it, and kept as long as it holds. A new look-up
/// (reverse name, MX of the sender) is a member here beside ``resolution()``.
package final class AccessContext {
    // MARK: The session

    /// The client's address; nil for a client on a Unix socket.
    package let client: IPAddress?
    /// The client's verified name; nil where it has none, or nobody has looked it up.
    package let clientName: String?
    /// The client as logs and replies show it: `unknown[192.0.2.1]`.
    package let clientLabel: String
    /// What the client called itself; nil before HELO.
    package var helo: String?
    /// The name that the client has authenticated as.
    package var user: String?
    package var isTLS = false
    /// Whether the client sent commands before it could know that it may.
    package var spokeOutOfTurn = false

    // MARK: The transaction

    /// The sender; nil outside of a transaction.
    package private(set) var sender: EmailAddress?
    /// The recipient that is judged; at DATA and later the only one, nil where there are several.
    package private(set) var recipient: EmailAddress?
    /// How many recipients have been accepted.
    package var recipientCount = 0
    /// The domain of ETRN.
    package var etrnDomain: String?

    // MARK: The evaluation

    /// The command at which the evaluation takes place.
    package internal(set) var stage = AccessStage.connect
    /// What the list under evaluation is about.
    package internal(set) var subject = AccessSubject.client
    /// What the tables asked for; see ``actions``.
    var sessionActions = AccessActions()
    var transactionActions = AccessActions()
    var memory = AccessMemory()
    /// What is to be logged, in order; whoever drives the evaluation takes it.
    private var notes: [AccessNote] = []

    private let routing: AccessRouting
    private var keptResolution: Result<Resolution, LookupError>?
    private var keptSenderResolution: Result<Resolution, LookupError>?
    private var keptIsInNetworks: Result<Bool, LookupError>?

    /// Makes the context of a session.
    package init(client: IPAddress?, clientName: String? = nil, clientLabel: String, routing: AccessRouting) {
        self.client = client
        self.clientName = clientName
        self.clientLabel = clientLabel
        self.routing = routing
    }

    /// Begins a transaction: what was known of another one is forgotten.
    package func begin(sender: EmailAddress) {
        endTransaction()
        self.sender = sender
    }

    /// Forgets the transaction.
    package func endTransaction() {
        sender = nil
        recipientCount = 0
        transactionActions = AccessActions()
        keptSenderResolution = nil
        memory.endTransaction()
        setRecipient(nil)
    }

    /// What the tables have asked for the message of this transaction.
    package var actions: AccessActions { sessionActions.merging(transactionActions) }

    /// What is to be logged since the last call.
    package func takeNotes() -> [AccessNote] {
        defer { notes = [] }
        return notes
    }

    func setRecipient(_ recipient: EmailAddress?) {
        if self.recipient != recipient { keptResolution = nil }
        self.recipient = recipient
        memory.isRecipientValidated = false
    }

    func note(_ kind: String, _ text: String) {
        // A table with thousands of results for one session fills no log.
        if notes.count < 100 { notes.append(AccessNote(kind: kind, stage: stage, text: text)) }
    }

    func add(_ action: AccessAction) {
        switch stage {
        case .connect, .helo: sessionActions.add(action)
        default: transactionActions.add(action)
        }
    }

    // MARK: What is looked up

    /// Where the recipient goes; nil where there is none.
    func resolution() async throws(LookupError) -> Resolution? {
        guard let recipient else { return nil }
        if keptResolution == nil { keptResolution = await routing.resolve(recipient) }
        return try keptResolution?.get()
    }

    /// Where mail to the sender would go; nil for the null sender.
    func senderResolution() async throws(LookupError) -> Resolution? {
        guard let sender, !sender.isNull else { return nil }
        if keptSenderResolution == nil { keptSenderResolution = await routing.resolve(sender) }
        return try keptSenderResolution?.get()
    }

    /// Whether the client is in `mynetworks`.
    package func isInNetworks() async throws(LookupError) -> Bool {
        if keptIsInNetworks == nil { keptIsInNetworks = await routing.isInNetworks(client, clientName) }
        return try keptIsInNetworks?.get() ?? false
    }

    /// Whether tables may name users of the domain without it.
    func isOwn(_ domain: String) async throws(LookupError) -> Bool { try await routing.isOwn(domain) }

    /// Whether an address exists.
    func validate(_ resolution: Resolution) async -> RecipientVerdict { await routing.validate(resolution) }

    /// An address as tables are asked for it: with a domain.
    func rewritten(_ address: EmailAddress) -> EmailAddress { routing.rewritten(address) }

    // MARK: Replies

    /// A refusal that names its subject: `<x>: Helo command rejected: text`.
    func refusal(_ code: Int, _ subject: Int, _ detail: Int, _ text: String, of about: AccessSubject) -> AccessReply {
        AccessReply(code, subject, detail, "<\(name(of: about))>: \(about.words) rejected: \(text)")
    }

    /// A refusal that names what the list is about.
    func refusal(_ code: Int, _ subject: Int, _ detail: Int, _ text: String) -> AccessReply {
        refusal(code, subject, detail, text, of: self.subject)
    }

    /// The reply while a table does not answer; the reason goes to the log.
    func lookupFailure(_ error: LookupError, of about: AccessSubject? = nil) -> AccessReply {
        note("warning", error.description)
        return AccessReply(451, 3, 0, "<\(name(of: about ?? subject))>: Temporary lookup failure")
    }

    /// The reply where the configuration cannot be carried out; the reason goes to the log.
    func configurationError(_ reason: String) -> AccessReply {
        note("warning", reason)
        return AccessReply(451, 3, 5, "Server configuration error")
    }

    /// The name that stands in angle brackets.
    func name(of subject: AccessSubject) -> String {
        switch subject {
        case .client: clientLabel
        case .helo: helo ?? ""
        case .sender: sender?.internalForm ?? ""
        case .recipient: recipient?.internalForm ?? ""
        case .data: "DATA"
        case .endOfData: "END-OF-MESSAGE"
        case .etrn: etrnDomain ?? ""
        }
    }
}

/// A line for the log: `kind: STAGE from client: text`.
package struct AccessNote: Equatable, Sendable {
    /// `reject_warning`, `warn`, `info`, `hold` …; `warning` for what is wrong on this side.
    package let kind: String
    package let stage: AccessStage
    package let text: String
}

/// The deferrals that wait for the end of the evaluation, as smtpd(8) keeps them from stage to stage.
struct AccessMemory {
    var deferIfPermit: AccessReply?
    var deferIfReject: AccessReply?
    /// `deferIfPermit` at the end of a stage, from which the next one begins.
    var afterClient: AccessReply?
    var afterHelo: AccessReply?
    var afterSender: AccessReply?
    /// Whether `reject_unlisted_recipient` has run, so that it need not run again by itself.
    var isRecipientValidated = false
    var isSenderValidated = false

    mutating func endTransaction() {
        afterSender = nil
        isSenderValidated = false
        isRecipientValidated = false
    }
}
