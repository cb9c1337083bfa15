// SPDX-License-Identifier: Apache-2.0
import SASL
import TestSupport
import Testing

@testable import auth

/// Texts that doveadm(1) has made of the password `sécret 1`.
private let stored = [
    "{PLAIN}sécret 1",
    "{CLEARTEXT}sécret 1",
    "{CRYPT}$2y$05$YeuC0Ar/7m7hC4wRP8qEgOp8fi1jhed7eZF4qQJfqcj4o/1UwyOhC",
    "{DES-CRYPT}1oKuh1X5s/qA6",
    "{MD5-CRYPT}$1$bWigxIqN$.DUFHkolamBuJr06HQQ1p/",
    "{MD5}$1$k1WSwCqW$MFYXFqQVeoV99GmRC9vsC1",
    "{SHA256-CRYPT}$5$PrbC45w/q/js9UNj$dmWhtlpRTUGfi2zCqf/z/LlooeR7tv0g0B7t2o2IL0C",
    "{SHA512-CRYPT}$6$dD8/tYMtPa54lD7q$5XJpBdlEW3XUy6E5DS7zPUd6lJ1T4R3kd7aoGG.4w1y7QDd9Qm.JwHtmrHjj23EzrpVWSXMAjX52C3LusnsMs0",
    "{BLF-CRYPT}$2y$05$JVZzxIsvEQT9ZlBbWHR.YO.uFs5N.R.ELapPktwKIhXE1hVSEZ0ba",
    "{PLAIN-MD5}a312811e774b2a7f748c3eac0c884f6a",
    "{LDAP-MD5}oxKBHndLKn90jD6sDIhPag==",
    "{SMD5}OH1SXwTs0YSbLVcN7bvMUOy8HGA=",
    "{SHA}8UD9IbKwSVQa43L8o9BuL4/fMdA=",
    "{SHA1}8UD9IbKwSVQa43L8o9BuL4/fMdA=",
    "{SSHA}Wt9WNX58VL2HkVoRcoVmTxYJeJdc7BEA",
    "{SHA256}cQYL05dRD171Nudn6QxW+HhCtut7nKO69eqMfJAX4fU=",
    "{SHA256}cQYL05dRD171Nudn6QxW+HhCtut7nKO69eqMfJAX4fU",
    "{SHA256}71060bd397510f5ef536e767e90c56f87842b6eb7b9ca3baf5ea8c7c9017e1f5",
    "{SHA256.HEX}71060BD397510F5EF536E767E90C56F87842B6EB7B9CA3BAF5EA8C7C9017E1F5",
    "{ssha256}SuYJasLOolQMdtIpdH8o16E2gJr2a2WRLmlWEpLIgIm6ukJ3",
    "{SSHA256.HEX}873021df13a2cb7aa62e9b2bf886cf504f8172affe34600b88f8d6c9cebee6eecc15981f",
    "{SHA512}o48T1qMUHw52ROLEJ54dRZsUiYrfirlGW0Mi57YSFQcE3/2lFAp75eBWbTgkqSBWfzvhM6xMuTqKfsySfLi6iQ==",
    "{SHA512.b64}o48T1qMUHw52ROLEJ54dRZsUiYrfirlGW0Mi57YSFQcE3/2lFAp75eBWbTgkqSBWfzvhM6xMuTqKfsySfLi6iQ==",
    "{SSHA512}ziSjHiQubCruRS3oZXwcNmnMDFb9n0k9tfFJJkSU8cTxqQar8C8Eru+yaK2pAa7+5Z9DASjoBB99L3kkwllb7b4h++M=",
]

@Suite struct `A stored password` {
    private func check(_ text: String, _ password: String, scheme: String = "CRYPT") throws -> Bool {
        try StoredPassword([UInt8](text.utf8), defaultScheme: scheme).matches(SASLSecret(password))
    }

    @Test(arguments: stored)
    func `matches its password and no other`(_ text: String) throws {
        #expect(try check(text, "sécret 1"))
        for other in ["sécret 2", "sécret", "sécret 1 ", "Sécret 1", "", "x", String(repeating: "é", count: 400)] {
            // A cut after eight bytes is DES's own weakness.
            if text.contains("DES") && other.hasPrefix("sécret ") { continue }
            #expect((try? check(text, other)) != true, "\(other)")
        }
    }

    @Test func `without a scheme is of the default one`() throws {
        #expect(try check("secret", "secret", scheme: "PLAIN"))
        #expect(try check("$1$k1WSwCqW$MFYXFqQVeoV99GmRC9vsC1", "sécret 1"))
        #expect(try !check("secret", "secret"))
    }

    @Test(arguments: ["{NTLM}x", "{}x", "{SHA256.OCTAL}x", "{ARGON2ID}$argon2id$v=19$m=65536"])
    func `of an unknown scheme is an error`(_ text: String) {
        #expect(throws: StoredPasswordError.self) { try check(text, "x") }
    }

    @Test(
        arguments: [
            "{SHA256}not base64!", "{SHA256}", "{SHA}YWJj", "{PLAIN-MD5}a312811e774b2a7f748c3eac0c884f6", "{SSHA}YWJj",
            "{CRYPT}$9$nomethod$x", "{CRYPT}$6", "{PLAIN}a\0b", "{CRYPT}" + String(repeating: "x", count: 3000),
        ]
    )
    func `that is damaged is an error`(_ text: String) {
        #expect(throws: StoredPasswordError.malformed) { try check(text, "x") }
    }

    @Test(arguments: ["{CRYPT}*", "{CRYPT}!", "{CRYPT}!$1$k1WSwCqW$MFYXFqQVeoV99GmRC9vsC1", "{CRYPT}", "*"])
    func `of a locked account matches nothing`(_ text: String) throws {
        for password in ["", "*", "!", "sécret 1"] { #expect(try !check(text, password)) }
    }

    @Test func `does not trap on any text`() {
        var random = SeededGenerator(seed: 7)
        let cheap = stored.filter { !$0.contains("$") }.map { [UInt8]($0.utf8) }
        for round in 0..<4000 {
            let text = random.mutation(of: cheap[round % cheap.count])
            if let password = try? StoredPassword(text, defaultScheme: "PLAIN") {
                // A crypt(3) text may cost what its author wants; the others are cheap.
                if !text.contains(UInt8(ascii: "$")) { _ = try? password.matches(SASLSecret("sécret 1")) }
            }
        }
    }
}
