// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration

/// What cleanup reads from main.cf.
struct CleanupSettings: Sendable {
    let hostName: String
    let origin: String
    let mailName: String
    let messageSizeLimit: Int
    let headerSizeLimit: Int
    let hopLimit: Int
    let alwaysAddsMissingHeaders: Bool
    let undisclosedRecipients: String
    let droppedHeaders: Set<String>
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
        alwaysBCC = main[CleanupParameters.alwaysBCC]
    }
}
