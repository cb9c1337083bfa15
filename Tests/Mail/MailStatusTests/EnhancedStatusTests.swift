// SPDX-License-Identifier: Apache-2.0
import MailStatus
import Testing

@Suite struct EnhancedStatusTests {
    @Test func `A constant is what its text says`() {
        #expect(EnhancedStatus(5, 7, 1) == EnhancedStatus("5.7.1"))
        #expect("\(EnhancedStatus(2, 0, 0))" == "2.0.0")
    }

    @Test(arguments: ["2.0.0", "4.4.1", "5.1.1", "5.999.999", "2.10.0"])
    func `A code is written as it was read`(text: String) {
        #expect(EnhancedStatus(text)?.description == text)
    }

    @Test(arguments: [
        "", "5", "5.1", "5.1.", "5.1.1.", "5.1.1 x", "3.1.1", "0.1.1", "5.1000.1", "5.1.1000", "5.01.1", "5.-1.1",
        "5.1.1x",
        "５.1.1", " 5.1.1", "99999999999999999999.1.1", "5..1", "5.1.00", "5.1234.1", "x.1.1", "55.1.1",
    ])
    func `Anything else is no code`(text: String) {
        #expect(EnhancedStatus(text) == nil)
    }

    @Test func `The code at the beginning of a reply is found`() {
        #expect(EnhancedStatus(beginning: "5.7.1 refused") == EnhancedStatus(.permanent, 7, 1))
        #expect(EnhancedStatus(beginning: "5.7.1") == EnhancedStatus(.permanent, 7, 1))
        #expect(EnhancedStatus(beginning: "4.7.123 later") == EnhancedStatus(4, 7, 123))
        #expect(EnhancedStatus(beginning: "5.7.1refused") == nil)
        #expect(EnhancedStatus(beginning: "refused 5.7.1") == nil)
        #expect(EnhancedStatus(beginning: "") == nil)
    }

    @Test func `Numbers beyond three digits are refused`() {
        #expect(EnhancedStatus(.permanent, 1000, 0) == nil)
        #expect(EnhancedStatus(.permanent, 0, -1) == nil)
        #expect(EnhancedStatus(undefined: .transient).description == "4.0.0")
    }
}
