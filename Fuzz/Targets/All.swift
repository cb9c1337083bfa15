// SPDX-License-Identifier: Apache-2.0

extension FuzzTarget {
    /// Every target; each has a folder in `Fuzz/Corpus`, and where it helps a dictionary in `Fuzz/Dictionaries`.
    static let all: [FuzzTarget] = [
        .smtpCommands, .smtpData, .smtpSession, .addresses, .headers, .messages, .dates, .imapCommands, .imapSearch,
        .imapFetch, .mailboxNames, .pop3Login, .pop3Mailbox, .pop3Message, .authServer, .authClient, .sasl, .frames,
        .mainConfiguration, .masterConfiguration, .dovecotConfiguration, .passwdFile, .uidList, .mailTexts, .maildir,
        .mbox, .textTables, .patternTables, .tableNames, .ldapTables, .ldapKeys, .queueFiles,
    ]
}
