// SPDX-License-Identifier: Apache-2.0

/// Parameters of bounce: reports to senders and to the postmaster.
package enum BounceParameters {
    package static let sizeLimit = Parameter(
        "bounce_size_limit",
        .size(1...Int.max),
        default: "50000",
        "The most bytes of the original message in a report."
    )
    package static let noticeRecipient = Parameter(
        "bounce_notice_recipient",
        .nonEmptyString,
        default: "postmaster",
        "Who is told of undeliverable mail, see notify_classes."
    )
    package static let doubleBounceNoticeRecipient = Parameter(
        "2bounce_notice_recipient",
        .nonEmptyString,
        default: "postmaster",
        "Who is told of undeliverable reports."
    )
    package static let delayNoticeRecipient = Parameter(
        "delay_notice_recipient",
        .nonEmptyString,
        default: "postmaster",
        "Who is told of delayed mail."
    )
    package static let errorNoticeRecipient = Parameter(
        "error_notice_recipient",
        .nonEmptyString,
        default: "postmaster",
        "Who is told of software and resource problems."
    )
    package static let notifyClasses = Parameter(
        "notify_classes",
        .list,
        default: "resource, software",
        "The kinds of problems that are told to the postmaster."
    )
    package static let templateFile = Parameter(
        "bounce_template_file",
        .string,
        default: "",
        "The file with the texts of reports."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        sizeLimit, noticeRecipient, doubleBounceNoticeRecipient, delayNoticeRecipient, errorNoticeRecipient,
        notifyClasses, templateFile,
    ]
}
