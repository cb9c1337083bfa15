// SPDX-License-Identifier: Apache-2.0
import MailConfiguration
import Testing

@testable import SMTPAccess

@Suite("The check of restriction lists")
struct RestrictionCheckTests {
    private func check(_ lines: [String], master: String = "smtp inet n - n - - smtpd") -> [String] {
        let services = MasterConfiguration.parse(Array((master + "\n").utf8), file: "/etc/relais/master.cf").entries
        let found = RestrictionCheck.run(main(lines), services: services) { service in
            main(lines + service.overrides.map { "\($0.name) = \($0.value)" })
        }
        return found.map {
            "\($0.file.split(separator: "/").last ?? ""):\($0.line): \($0.severity.rawValue): \($0.message) \($0.suggestion ?? "")"
        }
    }

    @Test func `a sound configuration has nothing to say`() {
        #expect(check(["smtpd_client_restrictions = permit_mynetworks, hash:/etc/x, WARN_IF_REJECT reject"]).isEmpty)
    }

    static let faults: [(line: String, message: String)] = [
        (
            "smtpd_relay_restrictions = permti_mynetworks, reject",
            "error: smtpd_relay_restrictions: unknown restriction \"permti_mynetworks\" permit_mynetworks"
        ),
        (
            "smtpd_sender_restrictions = check_sender_acces hash:/x",
            "error: smtpd_sender_restrictions: unknown restriction \"check_sender_acces\" check_sender_access"
        ),
        (
            "smtpd_sender_restrictions = check_sender_access",
            "error: smtpd_sender_restrictions: check_sender_access needs a table, \"type:name\", behind it "
        ),
        (
            "smtpd_client_restrictions = reject_rbl_client zen.example, permit",
            "error: smtpd_client_restrictions: reject_rbl_client is known, but relais does not have it: remove it, or name it in relais_ignore_restrictions to do without "
        ),
        (
            "smtpd_client_restrictions = permit_dnswl_client list.example",
            "warning: smtpd_client_restrictions: permit_dnswl_client is known, but relais does not have it; it is passed over "
        ),
        (
            "smtpd_restriction_classes = none",
            "error: smtpd_restriction_classes: the class none is not set "
        ),
        (
            "smtpd_recipient_restrictions = warn_if_reject",
            "error: smtpd_recipient_restrictions: nothing follows warn_if_reject "
        ),
        (
            "relais_ignore_restrictions = reject_rbl_clint",
            "warning: relais_ignore_restrictions: unknown restriction \"reject_rbl_clint\" reject_rbl_client"
        ),
    ]

    @Test(arguments: faults) func `a fault is named with its line`(line: String, message: String) {
        #expect(check(["# a comment", line]) == ["main.cf:14: \(message)"])
    }

    @Test func `what the administrator does without is passed over`() {
        let found = check([
            "relais_ignore_restrictions = reject_rbl_client",
            "smtpd_client_restrictions = reject_rbl_client zen.example, permit",
        ])
        #expect(
            found == [
                "main.cf:14: warning: smtpd_client_restrictions: reject_rbl_client is known, but relais does not have it; it is passed over "
            ]
        )
    }

    @Test func `an override is named with the line of its service`() {
        let found = check(
            [],
            master:
                "smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n  -o smtpd_client_restrictions=permti,reject"
        )
        #expect(
            found == ["master.cf:2: error: smtpd_client_restrictions: unknown restriction \"permti\" permit"]
        )
    }

    @Test func `a service that lets anybody relay is an error`() {
        for list in ["permit_mynetworks", "warn_if_reject reject_unauth_destination", "permit_mynetworks, permit"] {
            let found = check(["smtpd_relay_restrictions = \(list)"])
            #expect(found.count == 1 && found[0].contains("must contain reject_unauth_destination"), "\(found)")
        }
        #expect(
            check([
                "smtpd_relay_restrictions =", "smtpd_recipient_restrictions = strict",
                "smtpd_restriction_classes = strict", "strict = reject",
            ]).isEmpty
        )
        #expect(check(["smtpd_relay_restrictions = permit"], master: "cleanup unix n - n - 0 cleanup").isEmpty)
    }

    @Test func `a class that calls itself is an error`() {
        let found = check([
            "smtpd_restriction_classes = a b", "a = b", "b = warn_if_reject a", "smtpd_client_restrictions = a",
        ])
        #expect(found == ["main.cf:13: error: smtpd_restriction_classes: the class a calls itself "])
        #expect(throws: RestrictionError.self) {
            try Dialogue(["smtpd_restriction_classes = a", "a = a"])
        }
    }

    @Test func `without delay a restriction has to stand where its subject is known`() {
        let found = check(["smtpd_delay_reject = no", "smtpd_client_restrictions = reject_unlisted_recipient, permit"])
        #expect(
            found == [
                "main.cf:14: warning: smtpd_client_restrictions: reject_unlisted_recipient has no effect here with smtpd_delay_reject = no "
            ]
        )
    }

    @Test func `every row has a name of its own`() {
        let names = RestrictionRows.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
        #expect(RestrictionRows.all.allSatisfy { $0.name == $0.name.lowercased() && !$0.name.isEmpty })
    }
}
