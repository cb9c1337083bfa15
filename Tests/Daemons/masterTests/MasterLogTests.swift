// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import master

@Suite struct MasterLogTests {
    @Test(
        arguments: [
            ("8:1234", true), ("9:1234", false), ("8:123", false), ("08:1234", false), ("8:1234 ", false), ("", false),
            (nil, false),
        ] as [(String?, Bool)]
    )
    func `Standard error leads into the journal where JOURNAL_STREAM has its device and inode`(
        name: String?,
        isJournal: Bool
    ) {
        #expect(MasterLog.isJournal(name, device: 8, inode: 1234) == isJournal)
    }
}
