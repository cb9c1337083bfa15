// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import MailMessage

/// What cleanup reads from main.cf; a class, since every message has it.
final class CleanupSettings: Sendable {
    let hostName: String
    let origin: String
    let mailName: String
    let messageSizeLimit: Int
    let headerSizeLimit: Int
    let hopLimit: Int
    let alwaysAddsMissingHeaders: Bool
    let undisclosedRecipients: String
    /// `message_drop_headers` in lower case.
    let droppedHeaders: Set<String>
    /// Those of them that a census knows.
    let droppedFields: HeaderCensus.Fields
    /// Whether there are others, for which each header must be looked through.
    let dropsOtherFields: Bool
    let alwaysBCC: String

    init(_ main: MainConfiguration) {
        hostName = main[GeneralParameters.myhostname]
        origin = main[GeneralParameters.myorigin]
        mailName = main[GeneralParameters.mailName]
        messageSizeLimit = main[GeneralParameters.messageSizeLimit]
        headerSizeLimit = main[CleanupParameters.headerSizeLimit]
        hopLimit = main[CleanupParameters.hopcountLimit]
        alwaysAddsMissingHeaders = main[CleanupParameters.alwaysAddMissingHeaders]
        undisclosedRecipients = main[CleanupParameters.undisclosedRecipientsHeader]
        droppedHeaders = Set(main[CleanupParameters.messageDropHeaders].map { $0.lowercased() })
        let known: [String: HeaderCensus.Fields] = [
            "bcc": .bcc, "content-length": .contentLength, "resent-bcc": .resentBcc, "return-path": .returnPath,
        ]
        droppedFields = HeaderCensus.Fields(droppedHeaders.compactMap { known[$0] })
        dropsOtherFields = droppedHeaders.contains { known[$0] == nil }
        alwaysBCC = main[CleanupParameters.alwaysBCC]
    }
}
